"""Imports: a batch can be resumed and undone; a file that was uploaded waits sealed until it is done."""

import uuid

from django.db import models

from myosotis.store.models.calendar import Calendar
from myosotis.store.models.practice import Practice
from myosotis.store.models.staff import StaffUser


class ImportBatch(models.Model):
    """One file taken in. `rows_done` is where a broken import goes on."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="import_batches")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    what = models.CharField(max_length=16)
    """patients, visits or events."""
    file_hash = models.CharField(max_length=64)
    """SHA-256 of the file, hexadecimal."""
    announce = models.BooleanField(default=False)
    """Asked to send `details` of the imported visits."""
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    rows_done = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    """Row numbers, fields and codes; no patient data."""


class ImportFile(models.Model):
    """A file on its way in at the desk: tried piece by piece, then taken piece by piece, and removed once it is done.

    It holds patients' data, so it is sealed, and no file lies on any disk.
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="import_files")
    what = models.CharField(max_length=16)
    """patients, visits or events, as of a batch."""
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    """To which all rows belong, whatever they say; events always have one."""
    name = models.CharField(max_length=200)
    """As the uploader's machine calls it. It may name somebody, and goes with the row."""
    sealed = models.BinaryField()
    file_hash = models.CharField(max_length=64)
    """As of the batches that it becomes."""
    by = models.ForeignKey(StaffUser, on_delete=models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    total = models.PositiveIntegerField()
    """Rows in it, for progress."""
    columns = models.JSONField(default=list)
    """Pairs of a heading and the field that it is taken for, in the order of the file."""
    done = models.PositiveIntegerField(default=0)
    """Rows that are done by the run that is on: the dry one, then the import itself."""
    tried_at = models.DateTimeField(null=True, blank=True)
    """When the dry run ended."""
    counts = models.JSONField(default=dict)
    """What the dry run found: added, changed, unchanged, blocked, refused."""
    problems = models.JSONField(default=list)
    """Row numbers, fields, codes and headings; no patient data."""
    announce = models.BooleanField(default=False)
    begun_at = models.DateTimeField(null=True, blank=True)
    """When it was said to take the file in; the dry run is over then."""
    busy_until = models.DateTimeField(null=True, blank=True)
    """In real time: until when one request works on it and others wait; a broken one is not waited for longer."""
