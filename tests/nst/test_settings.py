import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from nst import settings
from nst.groups import Group
from nst.kinds import Kind
from nst.recipes import RECIPES
from nst.settings import FIELDS, Settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_says_its_group_kind_and_meaning(name):
    known = FIELDS[name].metadata
    assert known["group"] in get_args(Group)
    assert isinstance(known["kind"], Kind)
    assert known["kind"].values
    assert known["meaning"].endswith(".")


@pytest.mark.parametrize("source", [Settings(), *(recipe.settings for recipe in RECIPES.values())])
def test_defaults_and_recipes_pass_the_checks_of_their_own_settings(source):
    for name, value in source.values().items():
        assert FIELDS[name].metadata["kind"].check(value) == value


def test_groups_hold_every_setting_once():
    groups = [settings.group(name) for name in get_args(Group)]
    assert sorted(name for group in groups for name in group) == sorted(FIELDS)
    assert settings.group("content") == ("content_layers", "content_weight", "content_reduction")


def test_settings_survive_being_plain_data():
    for source in (Settings(), RECIPES["crowsonkb"].settings):
        assert settings.from_values({**source.values(), "task": "transfer"}) == source
        assert all(not isinstance(value, tuple) for value in source.values().values())


@pytest.mark.parametrize(
    "module", ["nst", "nst.kinds", "nst.settings", "nst.recipes", "nst.resolution", "nst.stages", "nst.masks"]
)
def test_torch_is_left_alone_by_what_only_plans(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
