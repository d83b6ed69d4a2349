"""One of the processes that book, move and cancel (`booking`)."""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from myosotis.ops.benchmark import appointments

    appointments.carry_out(*map(int, sys.argv[1:]))
