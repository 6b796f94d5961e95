"""The table of errors: every error of the domain has its status, and nothing unforeseen tells anything."""

import inspect

import pytest

from services import errors
from services.accounts import SignInFailed
from services.remotes import StorageSignInFailed
from web.errors import Forbidden, SignInNeeded, problem_of

STATUS = {
    "UsageError": 422, "NotFound": 404, "AccessDenied": 403, "Conflict": 409, "Throttled": 429,
    "DatabaseUnusable": 400, "NoSpace": 507, "JobLost": 400, "JobStopped": 400, "PutOff": 400, "DecoderError": 400,
    "DecoderKilled": 400, "DecoderRefused": 400, "HypomosError": 400,
    "ReadOnly": 403, "StorageFull": 507,
}  # fmt: skip


def make(kind: type[Exception]) -> Exception:
    if kind is errors.Throttled:
        return errors.Throttled(0.2)
    if kind is errors.StorageThrottled:
        return errors.StorageThrottled("wait", retry_after=0.2)
    if kind is errors.PutOff:  # no request meets it: it ends inside of a job
        return errors.PutOff("later", retry_after=0.2)
    return kind("what happened")


@pytest.mark.parametrize(
    "kind", [k for _, k in inspect.getmembers(errors, inspect.isclass) if issubclass(k, errors.HypomosError)]
)
def test_every_error_of_the_domain(kind: type[Exception]) -> None:
    problem = problem_of(make(kind))
    assert problem.status == STATUS.get(kind.__name__, 503)  # the rest are the storages'
    assert (problem.retry_after is not None) == (problem.status in {429, 503})
    assert problem.retry_after is None or problem.retry_after >= 1


def test_absent_and_forbidden_are_the_same_problem() -> None:
    assert problem_of(errors.NotFound("anna's picture")) == problem_of(errors.NotFound())


def test_fields_come_along() -> None:
    assert problem_of(errors.UsageError("no", field="q")).field == "q"
    assert problem_of(errors.Conflict("no", field="name")).field == "name"


def test_those_of_the_web_itself() -> None:
    assert problem_of(SignInNeeded()).status == problem_of(SignInFailed("x")).status == 401
    assert problem_of(Forbidden("x")).status == 403


def test_the_unforeseen_tells_nothing() -> None:
    problem = problem_of(RuntimeError("password=secret in /srv/photos"))
    assert problem.status == 500
    assert "secret" not in problem.detail + problem.title


def test_a_sign_in_at_a_provider_that_came_to_nothing() -> None:
    problem = problem_of(StorageSignInFailed("declined", "Access was declined."))
    assert (problem.status, problem.title, problem.detail) == (
        422,
        "The sign-in did not work",
        "Access was declined.",
    )
