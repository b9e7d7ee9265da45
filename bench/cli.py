"""Arguments in, exit code out. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import argparse
import sys
import traceback

import bench
from bench.commands import clean, doctor, plan, report, run, schema, status
from bench.errors import BenchError, Exit

COMMANDS = (plan, run, report, status, clean, schema, doctor)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors that people cause become one message and an exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    # File names that are no UTF-8 reach us with stand-ins that no JSON file can hold.
    if any("\udc80" <= character <= "\udcff" for text in given for character in text):
        print("the command line holds bytes that are not UTF-8: rename the file or folder", file=sys.stderr)
        return int(Exit.USAGE)
    options = parser().parse_args(given)
    try:
        return int(options.command(options, given))
    except BenchError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:  # the reader of our output, such as head, has had enough
        sys.stderr.close()
        return int(Exit.FINE)
    except OSError as error:  # a full disk, a folder that may not be written
        print(f"{error.filename}: {error.strerror}" if error.filename else str(error), file=sys.stderr)
        return int(Exit.USAGE)
    except Exception:
        traceback.print_exc()
        print("This is a mistake in nst-bench, not in your input: please report it.", file=sys.stderr)
        return int(Exit.INTERNAL)


def parser() -> argparse.ArgumentParser:
    """All commands and options; a test holds docs/commands.md to it."""
    top = argparse.ArgumentParser(
        prog="nst-bench", description="Batch benchmarking and galleries of neural style transfer."
    )
    top.add_argument("--version", action="version", version=f"nst-bench {bench.__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    for command in COMMANDS:
        command.add(commands)
    return top
