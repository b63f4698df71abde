from __future__ import annotations

import pytest
from pydantic import ValidationError

from analysis.disclosure import DisclosureError, DisclosurePolicy, require_policy
from analysis.errors import LagebildError


class TestDisclosurePolicy:
    def test_defaults(self):
        policy = DisclosurePolicy.model_validate({"method": "sperrung"})

        assert (policy.minimum, policy.protection_width) == (5, 5)
        assert policy.protect == ("cases", "staff")

    @pytest.mark.parametrize(
        "entries",
        [
            {},
            {"method": "beides"},
            {"method": "sperrung", "minimum": 2},
            {"method": "sperrung", "minimum": 5, "width": 4},
            {"method": "sperrung", "protect": []},
            {"method": "sperrung", "protect": ["public"]},
            {"method": "sperrung", "mindestzahl": 5},
        ],
    )
    def test_refuses_what_would_not_protect(self, entries):
        with pytest.raises(ValidationError):
            DisclosurePolicy.model_validate(entries)

    def test_cannot_be_changed(self):
        policy = DisclosurePolicy(method="rundung5")

        with pytest.raises(ValidationError):
            policy.minimum = 3


class TestRequirePolicy:
    def test_documented_figures_need_none(self):
        assert require_policy("documented", None) is None

    def test_exports_need_one(self):
        with pytest.raises(DisclosureError, match=r"\[disclosure\]") as caught:
            require_policy("synthetic", None)

        assert isinstance(caught.value, LagebildError)
        assert caught.value.exit_code == 1

    def test_a_given_one_holds(self):
        policy = DisclosurePolicy(method="rundung5")

        assert require_policy("documented", policy) is policy
        assert require_policy("synthetic", policy) is policy


def test_an_export_of_an_office_needs_a_rule_whatever_its_origin():
    with pytest.raises(DisclosureError):
        require_policy("documented", None, exported=True)
    assert require_policy("documented", None, exported=False) is None
