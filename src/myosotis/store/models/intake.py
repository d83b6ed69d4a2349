"""Imports: a batch can be resumed and undone."""

import uuid

from django.db import models

from myosotis.store.models.practice import Practice


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
