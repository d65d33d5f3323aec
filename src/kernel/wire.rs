//! Messages as frames: routing identities, a delimiter, a signature, and four
//! JSON objects.
//!
//! `jupyter-protocol` is used for contents only. Its header drops unknown fields, and
//! the parent header of a reply must be the header of the request. Here it is the same
//! bytes.
//! <https://jupyter-client.readthedocs.io/en/latest/messaging.html#the-wire-protocol>

use std::sync::Arc;

use anyhow::{Result, bail};
use bytes::Bytes;
use chrono::{SecondsFormat, Utc};
use hmac::{Hmac, Mac};
use jupyter_protocol::ConnectionInfo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

/// The version of the protocol. 5.5 would promise subshells.
pub(super) const PROTOCOL_VERSION: &str = "5.4";

const DELIMITER: &[u8] = b"<IDS|MSG>";

/// Encodes and decodes the messages of one kernel process.
pub(super) struct Wire {
    /// `None` if the connection file has an empty key: then messages are not signed.
    signer: Option<Hmac<Sha256>>,
    /// The id of this process in the headers of its messages.
    session: String,
}

/// A received message with a valid signature.
#[derive(Debug)]
pub(super) struct Message {
    /// Frames before the delimiter, which a reply repeats.
    pub(super) identities: Vec<Bytes>,
    pub(super) header: Header,
    /// Its header as bytes, the parent header of replies and outputs.
    pub(super) parent: Parent,
    content: Bytes,
}

/// The fields of a header that are used here.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) msg_type: String,
    #[serde(default)]
    session: String,
}

/// The parent header of an outgoing message.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    json: Bytes,
    /// The session of the client; empty without a request.
    pub(super) session: Arc<str>,
}

/// Why received frames are not a message.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("the message has no delimiter frame")]
    NoDelimiter,
    #[error("the message ends after {0} of 5 frames")]
    Short(usize),
    #[error("the signature of the message is wrong")]
    Signature,
    #[error("the header of the message cannot be read: {0}")]
    Header(#[from] serde_json::Error),
}

impl Wire {
    /// Fails for signature schemes other than HMAC with SHA-256, the only one in use.
    pub(super) fn new(connection: &ConnectionInfo) -> Result<Self> {
        let scheme = connection.signature_scheme.as_str();
        if !matches!(scheme, "hmac-sha256" | "") {
            bail!(
                "the connection file requires the signature scheme {scheme}; only hmac-sha256 is supported"
            );
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

    /// The frames of a message, without the routing identities in front.
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
        let parts = [header.into(), parent.json.clone(), Bytes::from_static(b"{}"), content.into()];
        let mut frames = vec![Bytes::from_static(DELIMITER), self.sign(&parts).into()];
        frames.extend(parts);
        Ok(frames)
    }

    /// Decodes and verifies received frames.
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
        let json = header.clone();
        let header: Header = serde_json::from_slice(header)?;
        let parent = Parent { json, session: header.session.as_str().into() };
        Ok(Message { identities: frames, header, parent, content: content.clone() })
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
    /// Parses the content.
    pub(super) fn content<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.content)
    }
}

impl Parent {
    /// The parent of a message without a request.
    pub(super) fn none() -> Self {
        Parent { json: Bytes::from_static(b"{}"), session: "".into() }
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
    fn an_encoded_message_can_be_decoded() {
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
