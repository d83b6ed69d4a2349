"""A visit as the texts of `content` take it, for what a page gives to take along."""

from django.conf import settings

from myosotis.content.context import AddressText, DoctorText, Links, MessageContext, PracticeText, VisitText
from myosotis.domain.words import Kind, Language, Party, VisitStatus
from myosotis.store.models import Visit
from myosotis.web.reached import Reached


def context_of(at: Reached, visit: Visit, language: Language) -> MessageContext:
    """What a calendar file may say of a visit: nobody's name but the doctor's, nothing of the specialty."""
    practice, doctor, address = at.practice, visit.calendar.doctor, visit.calendar.address
    return MessageContext(
        kind=Kind.DETAILS,
        language=language,
        practice=PracticeText(name=practice.name, language=practice.language, phone=practice.phone),
        doctor=DoctorText(title=doctor.title, name=doctor.name),
        address=AddressText(street=address.street, city=address.city, phone=address.phone, zone=address.zone),
        visit=VisitText(
            uuid=visit.uuid,
            revision=visit.revision,
            start=visit.start,
            end=visit.end,
            status=VisitStatus(visit.status),
            event_by=Party(visit.event_by),
        ),
        links=Links(open=f"{settings.MYOSOTIS.public_url}{at.base}" if at.base else ""),
    )
