"""The addresses of what is sent and what is answered."""

from django.urls import path

from myosotis.web.desk.messages import acts, inbox, outbox

urlpatterns = [
    path("messages", outbox.outbox, name="outbox"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/<int:incoming_id>/handled/<slug:state>", acts.handled, name="inbox_handled"),
    path("inbox/<int:incoming_id>/size", acts.size, name="inbox_size"),
    path("inbox/<int:incoming_id>/answer", acts.write, name="inbox_answer"),
    path("inbox/answers/<int:message_id>/undo", acts.take_answer_back, name="inbox_answer_undo"),
    path("inbox/<int:incoming_id>/<slug:wish>/<int:visit_id>", acts.follow, name="inbox_follow"),
    path("inbox/<int:incoming_id>/<slug:wish>/<int:visit_id>/undo", acts.follow_undo, name="inbox_follow_undo"),
]
