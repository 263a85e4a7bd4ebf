"""Every error that Tryon raises on purpose.

::

    TryOnError                code, sentence, what to do
    ├── ConfigError           a setting or command-line argument
    ├── BadFrame              one picture; costs that picture only
    │   ├── NotAJpeg
    │   ├── PictureTooLarge   pixels or bytes
    │   ├── PictureTooSmall
    │   └── TooManyScans
    ├── ProtocolError         one message of a shopper's socket
    │   ├── ConsentMissing
    │   ├── WrongVersion
    │   └── OverBudget
    ├── BadAsset              a product file
    │   ├── AssetTooLarge
    │   └── AssetUnsupported
    ├── BadClip               a recorded video
    ├── BadRecords            a replay's records, or what lies beside a clip
    ├── BadBaseline           a baseline, or tolerances, to hold a run against
    ├── ClusterFailed         the scheduler or the workers of a replay on several machines
    ├── UnknownProduct        a look names what the catalogue lacks
    ├── BadLook               a look's parameters
    ├── QaRefused             what /qa was asked for and does not do now
    │   ├── QaGone            deleted, expired, or never there
    │   ├── QaFull            no room on the disk, or in what /qa may fill
    │   └── QaTooLarge        one upload beyond its limit
    ├── StoreRefused          what the catalogue's store was asked for and does not do
    │   ├── StoreMissing      no such merchant, product, file, job …
    │   ├── StoreTaken        a name that another one has already
    │   ├── StoreConflict     somebody else wrote in between; both versions in details
    │   ├── StoreInvalid      data that breaks a rule; the field in details
    │   ├── StoreTooLarge     beyond a limit
    │   ├── StoreFull         no room on the disk
    │   ├── StoreDown         the database or the blobs do not answer now
    │   └── EmbedRefused      a shop's page that may not show the mirror, or not with that token
    │       ├── OriginUnknown
    │       ├── TokenUnknown
    │       ├── TokenExpired
    │       ├── TokenUsed
    │       └── TokenElsewhere
    ├── ServerBusy            no capacity; try again after retry_after_s
    └── PerceptionFailed      the landmark model failed on a frame

An error carries a stable ``code`` (for programs), a sentence that names what was wrong and what to do
(for people), and data in ``details``. HTTP status codes exist only in ``tryon.web``.
"""

from __future__ import annotations

from typing import ClassVar


class TryOnError(Exception):
    """Base of the tree; never raised itself."""

    code: ClassVar[str] = "error"

    def __init__(self, sentence: str, **details: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class ConfigError(TryOnError):
    """A setting or an argument that cannot be used."""

    code = "config"


class BadFrame(TryOnError):
    """A picture that cannot be used; the next one may be fine."""

    code = "bad_frame"


class NotAJpeg(BadFrame):
    """The bytes are no complete JPEG picture."""

    code = "not_a_jpeg"


class PictureTooLarge(BadFrame):
    """More pixels or bytes than a frame may have."""

    code = "picture_too_large"


class PictureTooSmall(BadFrame):
    """Fewer pixels than a face needs."""

    code = "picture_too_small"


class TooManyScans(BadFrame):
    """A progressive JPEG built to burn CPU."""

    code = "too_many_scans"


class ProtocolError(TryOnError):
    """A message that breaks the socket's protocol."""

    code = "protocol"


class ConsentMissing(ProtocolError):
    """A frame arrived before the shopper's consent."""

    code = "consent_missing"


class WrongVersion(ProtocolError):
    """A binary message of another protocol version."""

    code = "wrong_version"


class OverBudget(ProtocolError):
    """More frames or bytes a second than a session may send."""

    code = "over_budget"


class BadAsset(TryOnError):
    """A product file that is broken or lies about itself."""

    code = "bad_asset"


class AssetTooLarge(BadAsset):
    """A product file beyond a limit."""

    code = "asset_too_large"


class AssetUnsupported(BadAsset):
    """A valid product file that uses what Tryon does not read."""

    code = "asset_unsupported"


class BadClip(TryOnError):
    """A recorded video that cannot be read or written."""

    code = "bad_clip"


class BadRecords(TryOnError):
    """Records of a replay, or a file beside a clip (truth, tags, labels), that cannot be read."""

    code = "bad_records"


class BadBaseline(TryOnError):
    """A baseline or a file of tolerances that a run cannot be held against."""

    code = "bad_baseline"


class ClusterFailed(TryOnError):
    """A replay's scheduler or workers that do not answer, or run something else."""

    code = "cluster"


class UnknownProduct(TryOnError):
    """A look names a product that the catalogue does not have."""

    code = "unknown_product"


class BadLook(TryOnError):
    """A look whose parameters do not fit its products."""

    code = "bad_look"


class QaRefused(TryOnError):
    """Something that /qa does not do, or not in the state that things are in."""

    code = "qa_refused"


class QaGone(QaRefused):
    """A clip, run, baseline or file of /qa that was deleted, has expired, or never was."""

    code = "qa_gone"


class QaFull(QaRefused):
    """The disk is full, or /qa has as much as it may have."""

    code = "qa_full"


class QaTooLarge(QaRefused):
    """One clip beyond the limit."""

    code = "qa_too_large"


class StoreRefused(TryOnError):
    """Something that the catalogue's store does not do, or not in the state that things are in."""

    code = "store_refused"


class StoreMissing(StoreRefused):
    """A merchant, product, file, upload, job, look or token that is not there, or is another merchant's."""

    code = "not_found"


class StoreTaken(StoreRefused):
    """A sku, slug or name that is in use."""

    code = "taken"


class StoreConflict(StoreRefused):
    """A change to what somebody else has changed meanwhile."""

    code = "version_conflict"

    def __init__(self, sentence: str, *, given_version: int, current_version: int) -> None:
        super().__init__(sentence, given_version=given_version, current_version=current_version)


class StoreInvalid(StoreRefused):
    """Data that breaks a rule of the catalogue."""

    code = "invalid"


class StoreTooLarge(StoreRefused):
    """More bytes or rows than a limit allows."""

    code = "too_large"


class StoreFull(StoreRefused):
    """The disk is full; nothing that was acknowledged is lost."""

    code = "storage_full"


class StoreDown(StoreRefused):
    """The database, or where blobs are kept, does not answer or is locked for too long."""

    code = "store_unavailable"


class EmbedRefused(StoreRefused):
    """An embed token, or a page that asks for one."""

    code = "embed_refused"


class TokenUnknown(EmbedRefused):
    """Not made by this server for its merchant, or with a key that was changed."""

    code = "embed_token_unknown"


class TokenExpired(EmbedRefused):
    """Too old."""

    code = "embed_token_expired"


class TokenUsed(EmbedRefused):
    """Used before."""

    code = "embed_token_used"


class TokenElsewhere(EmbedRefused):
    """Made for another page or product."""

    code = "embed_token_elsewhere"


class OriginUnknown(EmbedRefused):
    """A page whose origin is not registered."""

    code = "embed_origin"


class ServerBusy(TryOnError):
    """No capacity for one more session."""

    code = "server_busy"

    def __init__(self, sentence: str, *, retry_after_s: int, **details: object) -> None:
        super().__init__(sentence, retry_after_s=retry_after_s, **details)
        self.retry_after_s = retry_after_s


class PerceptionFailed(TryOnError):
    """The landmark model failed on a frame."""

    code = "perception_failed"
