"""The clock-in-hand test bench: fake providers with faults, the patient's phone, virtual time."""
