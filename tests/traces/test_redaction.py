"""Secrets never reach the tables; everything else stays as it was said."""

import time
from collections import Counter

import pytest

from reviews.traces import redaction

# Written in two halves, so that no scanner takes this file for a leak.
SECRETS = {
    "anthropic-key": ["sk-ant-" + "api03-Zx81kLmQ92abcdefGH4-77pq"],
    "openai-key": [
        "sk-" + "proj-a8F3kd02mNb7Qw1zXc5v",
        "sk-" + "a8F3kd02mNb7Qw1zXc5va8F3kd02mNb7Qw1zXc5v",
    ],
    "aws-key": ["AKIA" + "IOSFODNN7QWERTYZ"],
    "github-token": [
        "ghp_" + "a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8",
        "github_pat_" + "11ABCDEFG0123456789abc_xyz",
    ],
    "gitlab-token": ["glpat-" + "a1b2c3d4e5f6g7h8i9j0"],
    "slack-token": ["xoxb-" + "123456789012-abcdefGHIJKL"],
    "stripe-key": ["sk_live_" + "51Habcdefghijklmnop"],
    "google-key": ["AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"],
    "jwt": ["eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY.dBjftJeZ4CVPmB92K27"],
    "token": ["npm_" + "a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8"],
}


@pytest.mark.parametrize(
    ("kind", "secret"),
    [(kind, secret) for kind, secrets in SECRETS.items() for secret in secrets],
)
@pytest.mark.parametrize("around", ["{}", "use {} now", '{{"arg": "{}"}}', "={}\n"])
def test_a_secret_with_a_shape_of_its_own_is_taken_out(kind, secret, around):
    found: Counter[str] = Counter()

    text = redaction.redact(around.format(secret), found)

    assert text == around.format(f"[redacted:{kind}]")
    assert found == {kind: 1}


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (
            "postgres://app:s3cr3t-word@db.example/x",
            "postgres://app:[redacted:url-password]@db.example/x",
        ),
        (
            "curl -H 'Authorization: Bearer a8F3kd02mNb7Qw1z'",
            "curl -H 'Authorization: Bearer [redacted:bearer]'",
        ),
        (
            '{"authorization": "Basic dXNlcjpwYXNzd29yZDEyMw=="}',
            '{"authorization": "Basic [redacted:bearer]"}',
        ),
        ('password = "tr0ub4dor&3x"', 'password = "[redacted:password]"'),
        (
            r"{\"db_password\": \"tr0ub4dor&3x\"}",
            r"{\"db_password\": \"[redacted:password]\"}",
        ),
        ("export API_TOKEN=q8Zk21mmPQ", "export API_TOKEN=[redacted:password]"),
        (
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYabcdefghij",
            "aws_secret_access_key = [redacted:aws-secret]",
        ),
        (
            "https://hooks.slack.com/services/T0001/B0001/a1B2c3D4e5F6g7H8",
            "https://hooks.slack.com/services[redacted:webhook]",
        ),
    ],
)
def test_a_secret_that_is_announced_is_taken_out_and_its_surroundings_stay(
    text, becomes
):
    assert redaction.redact(text, Counter()) == becomes


@pytest.mark.parametrize("newline", ["\n", "\\n"])
@pytest.mark.parametrize("end", [True, False], ids=["whole", "cut off"])
def test_a_private_key_is_taken_out_whole(newline, end):
    body = newline.join(["MIIEpAIBAAKCAQEA7bq98Zk21mmPQRSTUVWX+/abcd0123"] * 4)
    key = "-----BEGIN RSA PRIVATE" + f" KEY-----{newline}{body}"
    if end:
        key += f"{newline}-----END RSA PRIVATE" + " KEY-----"

    assert redaction.redact(f"key: {key}", Counter()) == "key: [redacted:private-key]"


@pytest.mark.parametrize(
    "text",
    [
        "The password must have 8 characters.",
        'password = "changeme"',
        'api_key = "your_api_key_here_1"',
        'apiKey: "test-key"',
        "password = os.environ['DB_PASSWORD_1']",
        'token="${GITHUB_TOKEN_2}"',
        "postgres://${USER}:${PASS}@localhost/x",
        "Authorization: Bearer <token>",
        "sk-learn-is-not-a-key-but-a-library-name",
        "commit 8cc42b0bd39d04e71e509d7d58e6782ab435329f",
        "0b7f3c1e-5a77-4d0e-9a3e-2f6d1c9b8a10",
        "Set the -----BEGIN PRIVATE KEY----- line first, then the body of your key.",
        "reservation Z7GOZK of olivia_gonzalez_2305",
        "[redacted:password] stays as it is",
    ],
)
def test_what_is_no_secret_stays(text):
    found: Counter[str] = Counter()

    assert redaction.redact(text, found) is text or not found
    assert redaction.redact(text, found) == text


def test_letters_of_any_script_around_a_secret_stay():
    secret = SECRETS["aws-key"][0]

    text = redaction.redact(f"schlüssel 🔑 {secret} für Åsa", Counter())

    assert text == "schlüssel 🔑 [redacted:aws-key] für Åsa"


def test_it_is_fast_also_on_hostile_text():
    # A loose limit: the measured rate is several times higher; this catches a pattern
    # that is no longer linear.
    texts = ["a" * 500_000, '"' * 500_000, "://a:" * 100_000, "password=" * 50_000]

    began = time.perf_counter()
    for text in texts:
        redaction.redact(text, Counter())
    assert time.perf_counter() - began < 2
