"""Arguments in, exit code out. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from pathlib import Path

import bench
from bench.commands import check, clean, doctor, export, findings, floor, merge, plan, report, run, schema, status
from bench.commands.shared import say
from bench.errors import BenchError, Exit

COMMANDS = (plan, run, merge, report, findings, export, status, clean, check, floor, schema, doctor)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors that people cause become one message and an exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us: what is said goes nowhere
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115
        elif isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # labels and signs that its encoding does not have
    # File names that are no UTF-8 reach us with stand-ins that no JSON file can hold.
    if any("\udc80" <= character <= "\udcff" for text in given for character in text):
        say("the command line holds bytes that are not UTF-8: rename the file or folder")
        return int(Exit.USAGE)
    options = parser().parse_args(given)
    try:
        code = int(options.command(options, given))
        sys.stdout.flush()
        return code
    except BenchError as error:
        say(str(error))
        return int(error.exit_code)
    except KeyboardInterrupt:
        say("interrupted")
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:  # the reader of our output, such as head, has had enough
        sys.stderr.close()
        return int(Exit.FINE)
    except OSError as error:  # a full disk, a folder that may not be written
        say(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return int(Exit.USAGE)
    except Exception:
        say(traceback.format_exc())
        say("This is a mistake in nst-bench, not in your input: please report it.")
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
