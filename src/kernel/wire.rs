//! Messages as frames: routing identities, a delimiter, a signature, and four
//! JSON objects.
//!
//! The content types come from `jupyter-protocol`, the layer below them does
//! not: its header drops fields it does not know and a parent header must be
//! echoed as it was received, which here means byte for byte.
//! <https://jupyter-client.readthedocs.io/en/latest/messaging.html#the-wire-protocol>

use anyhow::{Result, bail};
use bytes::Bytes;
use chrono::{SecondsFormat, Utc};
use hmac::{Hmac, Mac};
use jupyter_protocol::ConnectionInfo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

/// The protocol that is spoken. 5.5 would promise subshells.
pub(super) const PROTOCOL_VERSION: &str = "5.4";

const DELIMITER: &[u8] = b"<IDS|MSG>";

/// Encodes and decodes the messages of one kernel process.
pub(super) struct Wire {
    /// `None` when the connection file has an empty key: nothing is signed then.
    signer: Option<Hmac<Sha256>>,
    /// This process, in the header of everything it sends.
    session: String,
}

/// A message that was received and whose signature is right.
#[derive(Debug)]
pub(super) struct Message {
    /// Whom to send the reply to.
    pub(super) identities: Vec<Bytes>,
    pub(super) header: Header,
    /// Its header once more, as the parent of everything it causes.
    pub(super) parent: Parent,
    content: Bytes,
}

/// The part of a header that matters here; the rest is only echoed.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) msg_type: String,
    #[serde(default)]
    pub(super) session: String,
}

/// The parent header of an outgoing message, in JSON.
#[derive(Debug, Clone)]
pub(super) struct Parent(Bytes);

/// Why received frames are no message.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("it has no delimiter frame")]
    NoDelimiter,
    #[error("it ends after {0} of 5 frames")]
    Short(usize),
    #[error("its signature is wrong")]
    Signature,
    #[error("its header cannot be read: {0}")]
    Header(#[from] serde_json::Error),
}

impl Wire {
    /// Fails on a signature scheme that is not HMAC with SHA-256, the only one in use.
    pub(super) fn new(connection: &ConnectionInfo) -> Result<Self> {
        let scheme = connection.signature_scheme.as_str();
        if !matches!(scheme, "hmac-sha256" | "") {
            bail!("the connection file asks for signatures by {scheme}, only hmac-sha256 is known");
        }
        let signer = match connection.key.as_bytes() {
            [] => None,
            key => Some(Hmac::new_from_slice(key)?),
        };
        Ok(Wire { signer, session: Uuid::new_v4().to_string() })
    }

    /// The topic under which a message type is published.
    pub(super) fn topic(&self, msg_type: &str) -> Bytes {
        format!("kernel.{}.{msg_type}", self.session).into()
    }

    /// The frames of a message from the delimiter on, without routing identities.
    pub(super) fn encode(
        &self,
        msg_type: &str,
        parent: &Parent,
        content: &impl Serialize,
    ) -> serde_json::Result<Vec<Bytes>> {
        let header = serde_json::to_vec(&OutgoingHeader {
            msg_id: Uuid::new_v4().to_string(),
            session: &self.session,
            username: "kernel",
            date: Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
            msg_type,
            version: PROTOCOL_VERSION,
        })?;
        let content = serde_json::to_vec(content)?;
        let parts = [header.into(), parent.0.clone(), Bytes::from_static(b"{}"), content.into()];
        let mut frames = vec![Bytes::from_static(DELIMITER), self.sign(&parts).into()];
        frames.extend(parts);
        Ok(frames)
    }

    /// Reads what a ROUTER socket received.
    pub(super) fn decode(&self, mut frames: Vec<Bytes>) -> Result<Message, WireError> {
        let delimiter =
            frames.iter().position(|frame| frame == DELIMITER).ok_or(WireError::NoDelimiter)?;
        let body = frames.split_off(delimiter + 1);
        frames.truncate(delimiter);
        let [signature, header, parent, metadata, content, ..] = body.as_slice() else {
            return Err(WireError::Short(body.len()));
        };
        if !self.verify(signature, [header, parent, metadata, content]) {
            return Err(WireError::Signature);
        }
        Ok(Message {
            identities: frames,
            header: serde_json::from_slice(header)?,
            parent: Parent(header.clone()),
            content: content.clone(),
        })
    }

    fn sign(&self, parts: &[Bytes; 4]) -> String {
        use std::fmt::Write;

        let Some(signer) = &self.signer else {
            return String::new();
        };
        let mut signer = signer.clone();
        parts.iter().for_each(|part| signer.update(part));
        signer.finalize().into_bytes().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    fn verify(&self, signature: &[u8], parts: [&Bytes; 4]) -> bool {
        let Some(signer) = &self.signer else {
            return true;
        };
        let Some(signature) = from_hex(signature) else {
            return false;
        };
        let mut signer = signer.clone();
        parts.iter().for_each(|part| signer.update(part));
        signer.verify_slice(&signature).is_ok()
    }
}

impl Message {
    /// Reads the content as a `T`.
    pub(super) fn content<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.content)
    }
}

impl Parent {
    /// Of a message that nobody asked for.
    pub(super) fn none() -> Self {
        Parent(Bytes::from_static(b"{}"))
    }
}

#[derive(Serialize)]
struct OutgoingHeader<'a> {
    msg_id: String,
    session: &'a str,
    username: &'static str,
    date: String,
    msg_type: &'a str,
    version: &'static str,
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(key: &str) -> Wire {
        let connection = serde_json::json!({
            "transport": "tcp", "ip": "127.0.0.1", "key": key, "signature_scheme": "hmac-sha256",
            "shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5,
        });
        let connection = serde_json::from_value(connection).expect("a connection file");
        Wire::new(&connection).expect("a wire")
    }

    fn frames(wire: &Wire) -> Vec<Bytes> {
        let mut frames = vec![Bytes::from_static(b"client")];
        frames.extend(wire.encode("test_request", &Parent::none(), &["hi"]).expect("frames"));
        frames
    }

    #[test]
    fn what_is_encoded_can_be_decoded() {
        for key in ["secret", ""] {
            let wire = wire(key);
            let message = wire.decode(frames(&wire)).expect("a message");
            assert_eq!(message.identities, ["client"]);
            assert_eq!(message.header.msg_type, "test_request");
            assert_eq!(message.content::<Vec<String>>().expect("content"), ["hi"]);
        }
    }

    /// The second test case of RFC 4231: key "Jefe", data "what do ya want for nothing?".
    #[test]
    fn signs_like_the_rfc() {
        let parts = ["what do ya ", "want ", "for ", "nothing?"].map(Bytes::from);
        assert_eq!(
            wire("Jefe").sign(&parts),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_changed_frame_is_refused() {
        let wire = wire("secret");
        let mut changed = frames(&wire);
        *changed.last_mut().expect("the content") = Bytes::from_static(b"[\"ho\"]");
        assert!(matches!(wire.decode(changed), Err(WireError::Signature)));

        for signature in ["", "zz", "123", "ä", "00"] {
            let mut forged = frames(&wire);
            forged[2] = Bytes::from_static(signature.as_bytes());
            assert!(matches!(wire.decode(forged), Err(WireError::Signature)), "{signature}");
        }
    }

    #[test]
    fn garbage_is_an_error_not_a_panic() {
        let wire = wire("");
        let decode = |frames: &[&'static [u8]]| {
            wire.decode(frames.iter().map(|frame| Bytes::from_static(frame)).collect())
        };
        assert!(matches!(decode(&[]), Err(WireError::NoDelimiter)));
        assert!(matches!(decode(&[b"\xff\x00"]), Err(WireError::NoDelimiter)));
        assert!(matches!(decode(&[DELIMITER]), Err(WireError::Short(0))));
        let no_json: &[&[u8]] = &[DELIMITER, b"", b"\xff", b"{}", b"{}", b"{}"];
        assert!(matches!(decode(no_json), Err(WireError::Header(_))));
    }
}
