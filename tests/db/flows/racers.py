"""Run as a child on an empty data directory: fifty take one slot; what they were answered, and who stands there."""

import json
import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "myosotis.site.settings"
    django.setup()
    from django.core.management import call_command

    from myosotis.domain.values import utc
    from myosotis.ops.benchmark.offers import open_offer, race
    from myosotis.store.models import Visit

    call_command("migrate", verbosity=0)
    now = utc(2027, 3, 1, 9)
    offer = open_offer(now)
    run = race(offer, now)
    there = Visit.objects.filter(start=offer.start, status="confirmed").count()
    print(json.dumps({"answers": run.answers, "at_the_slot": there}))
    print(f"{run.seconds * 1000:.0f} ms", file=sys.stderr)
