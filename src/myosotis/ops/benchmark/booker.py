"""One of the processes that book (`booking`)."""

import json
import sys

import django

if __name__ == "__main__":
    django.setup()
    from myosotis.ops.benchmark import booking

    print(json.dumps(booking.book(*map(int, sys.argv[1:]))))
