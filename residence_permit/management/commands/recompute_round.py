"""Make the result of a points round again from its published snapshot, without a database."""

from hashlib import sha256
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from residence_permit.core.round_results import decide, result_bytes
from residence_permit.core.round_snapshot import SnapshotRefused, read


class Command(BaseCommand):
    """Without a number it only checks the file and tells its hash."""

    help = "Recompute a points round from its published snapshot; the bytes are always the same."
    requires_system_checks = []

    def add_arguments(self, parser):
        """Take the file, the public number, and where the result goes."""
        parser.add_argument("snapshot", type=Path)
        parser.add_argument("--number", help="the public number, zeros in front included")
        parser.add_argument("--output", type=Path, help="write the result file here")

    def handle(self, *args, **options):
        """Tell the hashes, or say which line of the file is wrong."""
        number, output = options["number"], options["output"]
        if output and number is None:
            raise CommandError("A result needs the public number; give --number.")
        try:
            snapshot = read(options["snapshot"].read_bytes())
            self.stdout.write(f"snapshot sha256 {snapshot.sha256}")
            if number is None:
                return
            result = result_bytes(decide(snapshot, number))
            if output:
                output.write_bytes(result)
        except (OSError, SnapshotRefused, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"result sha256 {sha256(result).hexdigest()}")
