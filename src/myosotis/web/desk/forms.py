"""Forms of the desk: one look, and a flow's refusal shown at the field that it names."""

from django import forms

from myosotis.flows.errors import FlowError, Invalid
from myosotis.web.desk import errors


class DeskForm(forms.Form):
    """Rendered by `desk/form.html`: label, field, help and errors, tied together for readers of the screen."""

    required_css_class = "required"
    template_name = "desk/form.html"

    def refuse(self, error: FlowError) -> None:
        """Show what a flow refused, at its field where the form has it, else above the form."""
        field = error.field if isinstance(error, Invalid) and error.field in self.fields else None
        self.add_error(field, str(errors.words(error)))
