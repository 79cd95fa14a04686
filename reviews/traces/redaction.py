"""Secrets are taken out of a text before it is stored, and counted by kind.

Precision comes first: a trace is evidence, so a text is changed only where it is all
but certain that a secret stands. Patterns run in RE2, in linear time on hostile text.
"""

import math
from collections import Counter
from typing import NamedTuple

import re2


class Secret(NamedTuple):
    """A kind of secret: its pattern has one group, which is what gets replaced."""

    kind: str
    pattern: str


_NAMES = (
    r"(?:[a-z0-9_.-]*(?:password|passwd|passphrase|secret|api_?-?key|apikey"
    r"|access_?-?key|private_?-?key|auth_?-?token|access_?-?token|refresh_?-?token"
    r"|client_?-?secret|credentials?)[a-z0-9_]*)"
)
# Told by their own shape: a prefix that nothing else has, and enough of a body.
_SHAPED = [
    Secret(
        "private-key",
        r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:"
        r"[A-Za-z0-9+/=\s\\:,-]*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
        r"|(?:[\s\\nr]*[A-Za-z0-9+/=]{32,})+))",
    ),
    Secret("anthropic-key", r"\b(sk-ant-[A-Za-z0-9_-]{20,})"),
    Secret(
        "openai-key",
        r"\b(sk-(?:proj-|svcacct-|admin-)[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{40,})",
    ),
    Secret("aws-key", r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b"),
    Secret(
        "github-token", r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"
    ),
    Secret("gitlab-token", r"\b(gl(?:pat|dt|rt|soat|cbt|ptt)-[A-Za-z0-9_-]{20,})"),
    Secret(
        "slack-token", r"\b(xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,})"
    ),
    Secret(
        "webhook",
        r"https://(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)"
        r"(/[A-Za-z0-9_/-]{20,})",
    ),
    Secret(
        "stripe-key",
        r"\b((?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,})",
    ),
    Secret(
        "google-key",
        r"\b(AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})",
    ),
    Secret("jwt", r"\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})"),
    Secret(
        "token",
        r"\b(npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{50,}|hf_[A-Za-z0-9]{30,}"
        r"|dop_v1_[a-f0-9]{64}|SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"
        r"|lin_api_[A-Za-z0-9]{32,}|dapi[a-f0-9]{32}|hv[sb]\.[A-Za-z0-9_-]{24,}"
        r"|AGE-SECRET-KEY-1[A-Z0-9]{50,}|dckr_pat_[A-Za-z0-9_-]{20,}"
        r"|sntry[su]_[A-Za-z0-9_=+/-]{30,}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"
        r"|tskey-[a-z]+-[A-Za-z0-9-]{20,}|gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{60,}"
        r"|phx_[A-Za-z0-9]{40,}|db_[A-Za-z0-9_-]{43})\b",
    ),
]
# Told by what stands before them.
_ANNOUNCED = [
    Secret(
        "aws-secret",
        r"(?i:aws_?secret_?access_?key|secretaccesskey)[\"'\\]*\s*[:=]\s*[\"'\\]*([A-Za-z0-9/+=]{40})",
    ),
    Secret("azure-key", r"(?i:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,}={0,2})"),
    Secret(
        "bearer",
        r"(?i:\b(?:bearer|authorization[\"'\\]*\s*[:=]\s*[\"'\\]*(?:basic|token)))\s+"
        r"([A-Za-z0-9._~+/-]{16,}=*)",
    ),
    Secret(
        "url-password",
        r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s:/@\"'<>]{0,80}:([^\s/@\"'<>${}\\[\]]{3,200})@",
    ),
    Secret(
        "password",
        rf"(?i:\b{_NAMES})[\"'\\]*\s*(?::|=|:=|=>)\s*\\?[\"']([^\s\"'\\<>{{}}$\[\]()]{{8,200}})\\?[\"']",
    ),
    Secret(
        "password",
        r"(?m)^\s*(?:export\s+)?[A-Z0-9_]*(?:PASSWORD|SECRET|TOKEN|API_?KEY)[A-Z0-9_]*=([^\s\"'\\<>{}$\[\]()]{8,200})\s*$",
    ),
]
# Kinds whose pattern alone is not proof: the value must look made by a machine.
_DOUBTED = {"bearer", "password", "openai-key", "token"}
# Bits per character below which a value is more likely a word.
_ENTROPY = 2.75
_HARMLESS = re2.compile(
    rb"(?i)redacted|example|placeholder|changeme|change-me|your[_-]|dummy|sample|xxxx|\*\*\*"
    rb"|\.\.\.|process\.env|os\.environ|secrets\."
)
_SECRETS = [
    (secret.kind, re2.compile(secret.pattern.encode()))
    for secret in _SHAPED + _ANNOUNCED
]
_ANY = re2.compile("|".join(f"(?:{s.pattern})" for s in _SHAPED + _ANNOUNCED).encode())


def redact(text: str, found: Counter[str]) -> str:
    """Replace each secret by ``[redacted:<kind>]`` and count it in ``found``."""
    raw = text.encode("utf-8", "surrogatepass")
    if not _ANY.search(raw):
        return text
    for kind, pattern in _SECRETS:
        raw = _replace(raw, kind, pattern, found)
    return raw.decode("utf-8", "surrogatepass")


def _replace(raw: bytes, kind: str, pattern: re2._Regexp, found: Counter[str]) -> bytes:
    parts, done = [], 0
    for match in pattern.finditer(raw):
        start, end = match.span(1)
        if kind in _DOUBTED and not _looks_secret(raw[start:end]):
            continue
        parts += [raw[done:start], b"[redacted:%s]" % kind.encode()]
        done = end
        found[kind] += 1
    return b"".join([*parts, raw[done:]]) if parts else raw


def _looks_secret(value: bytes) -> bool:
    """Letters and digits in no order; not a placeholder, a name or a word."""
    if _HARMLESS.search(value):
        return False
    mixed = any(48 <= c <= 57 for c in value) and any(c > 57 for c in value)
    return mixed and _entropy(value) >= _ENTROPY


def _entropy(value: bytes) -> float:
    """Bits per character: 2 for ``aabbccdd``, about 4 for a random token."""
    size = len(value)
    counts = Counter(value).values()
    return -sum(n / size * math.log2(n / size) for n in counts)
