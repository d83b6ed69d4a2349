"""Made-up messages for previews: usual ones, and the longest that real names make, for parts and price."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from myosotis.content.context import (
    AddressText,
    ChoiceText,
    DoctorText,
    Links,
    MessageContext,
    PatientText,
    PracticeText,
    ServiceText,
    StaffText,
    ToldText,
    VisitText,
)
from myosotis.domain.sms_words import SmsWord
from myosotis.domain.words import Answer, Kind, StaffTopic

LINKS = Links(
    open="https://wizyta.example/AbCdEfGhIjKlMnO12",
    read="https://wizyta.example/r/AbCdEfGhIjKlMnO13",
    unsubscribe="https://wizyta.example/u/AbCdEfGhIjKlMnO14",
)
START = datetime(2027, 3, 29, 8, 0, tzinfo=UTC)
"""Monday 29 March 2027, 10:00 in Warsaw."""
OLD_START = datetime(2027, 3, 25, 13, 30, tzinfo=UTC)
OFFER_START = datetime(2027, 3, 24, 7, 0, tzinfo=UTC)
LENGTH = timedelta(minutes=30)
SAMPLE_UUID = UUID("5f3b1d0e-7c4a-4f21-9b1c-0d8e6a2f4c77")

PRACTICE = PracticeText(
    name="Przychodnia Niezapominajka",
    email="wizyty@niezapominajka.example",
    phone="+48123456789",
    privacy_text="Administratorem danych osobowych jest Przychodnia Niezapominajka, ul. Długa 5, 31-147 Kraków.",
    privacy_url="https://niezapominajka.example/prywatnosc",
)
DOCTOR = DoctorText(title="lek.", name="Anna Kowalska", specialty="kardiolog")
ADDRESS = AddressText(
    name="Przychodnia Niezapominajka",
    street="ul. Długa 5",
    city="Kraków",
    phone="+48123456789",
    directions="Wejście od podwórza, II piętro, winda. Tramwaj 3 i 24, przystanek „Długa”.",
    map_url="https://www.openstreetmap.org/search?query=Krak%C3%B3w%20D%C5%82uga%205",
)
SERVICE = ServiceText(
    name="Konsultacja kardiologiczna z EKG",
    preparation="Prosimy zabrać wyniki ostatnich badań i listę przyjmowanych leków.\nNa badanie można przyjść po posiłku.",
)
PATIENT = PatientText(name="Zofia Nowak", email="zofia.nowak@poczta.example")
CHOICES = (
    ChoiceText(code=1, start=START, doctor=DOCTOR),
    ChoiceText(code=2, start=OFFER_START, doctor=DOCTOR, earlier_time=True),
)

LONGEST_PRACTICE = replace(PRACTICE, name="Niepubliczny Zakład Opieki Zdrowotnej „Niezapominajka” Spółka z o.o.")
LONGEST_DOCTOR = DoctorText(
    title="prof. dr hab. n. med.",
    name="Aleksandra Małgorzata Brzęczyszczykiewicz-Konstantynopolitańska",
    specialty="otorynolaryngologia dziecięca",
)
LONGEST_ADDRESS = replace(
    ADDRESS,
    name="Centrum Medyczne przy Rondzie Ofiar Katastrofy",
    street="al. Marszałka Józefa Piłsudskiego 123/125 lok. 17B",
    city="Czechowice-Dziedzice",
    directions=f"{ADDRESS.directions}\nPrzy recepcji prosimy pobrać numerek.",
)
LONGEST_PATIENT = PatientText(
    name="Wincentyna Świętosława Wójcikowska-Brzęczyszczykiewicz",
    email="wincentyna.wojcikowska-brzeczyszczykiewicz@bardzodlugadomena.example",
    by_guardian=True,
)


def sample(
    kind: Kind,
    language: str,
    *,
    practice: PracticeText = PRACTICE,
    doctor: DoctorText = DOCTOR,
    address: AddressText = ADDRESS,
    service: ServiceText = SERVICE,
    patient: PatientText = PATIENT,
    actions: bool = True,
) -> MessageContext:
    """A message of `kind` with everything it can show; give the practice's own values to preview theirs."""
    context = MessageContext(
        kind=kind,
        language=language,
        practice=practice,
        links=LINKS,
        patient=patient,
        doctor=doctor,
        address=address,
        service=service,
        visit=sample_visit(kind),
        actions=actions,
    )
    return with_small_things(context)


def sample_visit(kind: Kind) -> VisitText:
    told = ToldText(start=OLD_START) if kind is Kind.MOVED else None
    return VisitText(uuid=SAMPLE_UUID, revision=1, start=START, end=START + LENGTH, told=told)


def with_small_things(context: MessageContext) -> MessageContext:
    """What one kind alone has: the offered time, the code, the answer, the mail to staff."""
    match context.kind:
        case Kind.OFFER:
            return replace(context, offer_start=OFFER_START)
        case Kind.CODE:
            return replace(context, code="471203")
        case Kind.ANSWER:
            return replace(context, answer=Answer.PHONE, said=SmsWord.NO, choices=CHOICES)
        case Kind.STAFF:
            return replace(context, staff=StaffText(topic=StaffTopic.INVITATION, name="Maria Zielińska"))
        case _:
            return context


def longest(kind: Kind, language: str, *, can_receive_sms: bool = True) -> MessageContext:
    """A message with the longest names that are met in Poland: what parts and price come to at worst."""
    return sample(
        kind,
        language,
        practice=replace(LONGEST_PRACTICE, can_receive_sms=can_receive_sms),
        doctor=LONGEST_DOCTOR,
        address=LONGEST_ADDRESS,
        patient=LONGEST_PATIENT,
    )
