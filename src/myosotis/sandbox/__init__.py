"""The clock-in-hand test bench: fake SMS gateway, mail server and push service, the patient's phone, virtual time."""
