"""A certificate for Elasticsearch, signed by an authority made for it alone and then discarded.

Nobody can sign another one with that authority, so to trust it is to trust this server. Both are
valid for ten years: they serve only on the swarm's own network, where forgetting to renew them
would do more harm.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIFE = timedelta(days=3650)
AUTHORITY = "MiniTwit's logs"
Draft = x509.CertificateBuilder
_MAY_SIGN = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Pair:
    """All in PEM: the authority to trust, the server's certificate, and its private key."""

    authority: str
    certificate: str
    key: str


def make(*names: str, now: datetime | None = None) -> Pair:
    """Make a certificate for a server with these names."""
    begin = (now or datetime.now(UTC)) - timedelta(hours=1)
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.SubjectKeyIdentifier.from_public_key(root.public_key())
    authority = _signed(
        root,
        _draft(AUTHORITY, root.public_key(), begin)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_MAY_SIGN, critical=True),
        issuer,
    )
    called = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    certificate = _signed(
        root,
        _draft(names[0], key.public_key(), begin)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(called, critical=False),
        issuer,
    )
    return Pair(_text(authority), _text(certificate), _secret(key))


def _draft(subject: str, key: ec.EllipticCurvePublicKey, begin: datetime) -> Draft:
    return (
        x509.CertificateBuilder(_name(AUTHORITY), _name(subject), key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signed(
    root: ec.EllipticCurvePrivateKey, draft: Draft, issuer: x509.SubjectKeyIdentifier
) -> x509.Certificate:
    """Sign a draft and name the issuer's key, as strict clients (Python since 3.13) demand."""
    whose = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer)
    return draft.add_extension(whose, critical=False).sign(root, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _secret(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    kind = serialization.Encoding.PEM
    return key.private_bytes(kind, form, serialization.NoEncryption()).decode()
