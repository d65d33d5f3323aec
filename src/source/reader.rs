//! One file of any format: its bytes, compressed or not, to recordings in a `Batch`.
//!
//! The file is decompressed, its format recognised, and handed to the reader that the table
//! in `format` names. Nothing here knows paths, nor the labels in them.

use super::batch::Batch;
use super::foreign;
use super::format::{self, Unpacked};
use super::gzip::{self, UnpackLimit};
use super::malformed::{Malformed, ReadError};
use super::pprof;
use super::recording::Recording;
use super::text;
use crate::work::Work;

/// Reads files one after another, and reuses the buffers that are costly to make.
#[derive(Debug, Default)]
pub struct Reader {
    unpacker: gzip::Unpacker,
    pprof: pprof::Reader,
}

impl Reader {
    pub fn new(unpack: UnpackLimit) -> Reader {
        Reader { unpacker: gzip::Unpacker::new(unpack), pprof: pprof::Reader::default() }
    }

    /// Reads one file into the batch. Its recordings have the labels that the file gives
    /// them. Their times count from that of the file where it tells none. `name` is the
    /// file's own, without folders: it may say what its content does not.
    pub fn read(
        &mut self,
        bytes: &[u8],
        name: &str,
        batch: &mut Batch,
        work: Work<'_>,
    ) -> Result<Vec<Recording>, ReadError> {
        let Reader { unpacker, pprof } = self;
        if gzip::is_gzip(bytes) {
            let read = unpacker.unpack(bytes, work).and_then(|bytes| {
                read(Unpacked { bytes, name, batch, pprof, work }).map_err(ReadError::in_unpacked)
            });
            unpacker.done();
            read
        } else {
            read(Unpacked { bytes, name, batch, pprof, work })
        }
    }
}

fn read(file: Unpacked<'_>) -> Result<Vec<Recording>, ReadError> {
    if file.bytes.is_empty() {
        return Err(Malformed::at(0, "the file is empty").into());
    }
    let decoded = text::decoded(file.bytes);
    let file = Unpacked { bytes: &decoded, ..file };
    let Some(format) = format::recognised(file.bytes) else {
        let told = match foreign::converted(file.bytes) {
            Some(told) => told,
            None => format!("{}; looked for {}", foreign::described(file.bytes), format::names()),
        };
        return Err(ReadError::Unknown { told });
    };
    let recordings = format.read(file)?;
    if recordings.is_empty() {
        return Err(ReadError::Empty { format: format.name });
    }
    Ok(recordings)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::work::{Cancel, Unwatched};

    /// The values of the recordings, or what is wrong.
    fn read(bytes: &[u8]) -> Result<Vec<Vec<i64>>, String> {
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let read = Reader::default().read(bytes, "x", &mut Batch::default(), work);
        let recordings = read.map_err(|error| error.to_string())?;
        Ok(recordings.iter().map(|recording| recording.columns[0].values.to_vec()).collect())
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("a Vec takes all");
        encoder.finish().expect("a Vec takes all")
    }

    /// `cpu/ns`, then a sample of 5 at no location, then this, then the strings.
    fn pprof(field: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x0a, 4, 0x08, 1, 0x10, 2, 0x12, 2, 0x10, 5];
        bytes.extend(field);
        bytes.extend(b"\x32\0\x32\x03cpu\x32\x02ns");
        bytes
    }

    #[test]
    fn a_file_is_read_packed_or_not() {
        assert_eq!(read(&pprof(&[])), Ok(vec![vec![5]]));
        assert_eq!(read(&packed(&pprof(&[]))), Ok(vec![vec![5]]));
        // Each member of a gzip file is a piece of one profile.
        let (head, tail) = (packed(&pprof(&[])[..9]), packed(&pprof(&[])[9..]));
        assert_eq!(read(&[head, tail].concat()), Ok(vec![vec![5]]));
    }

    #[test]
    fn a_spot_in_a_packed_file_is_that_in_its_content() {
        // A sample at location 9, whose message starts at byte 12.
        let broken = pprof(&[0x12, 4, 0x08, 9, 0x10, 5]);
        let error = "a sample names location 9, which does not exist at byte 12";
        assert_eq!(read(&broken), Err(error.to_owned()));
        assert_eq!(read(&packed(&broken)), Err(format!("{error} of the unpacked file")));
        let packed = packed(&broken);
        let error = read(&packed[..packed.len() - 3]).expect_err("cut");
        assert!(error.starts_with("truncated gzip: the file ends at byte"), "{error}");
    }

    #[test]
    fn a_text_may_be_in_any_encoding_of_an_editor_or_a_shell() {
        let folded = "größe;b 3\r\nmain 2\r\n";
        let speedscope = r#"{"$schema": "https://www.speedscope.app/file-format-schema.json",
            "shared": {"frames": [{"name": "größe"}]}, "profiles": [{"type": "sampled",
            "unit": "none", "startValue": 0, "endValue": 1, "samples": [[0]], "weights": [5]}]}"#;
        let cpuprofile = r#"{"nodes": [{"id": 1, "callFrame": {"functionName": "größe"},
            "hitCount": 5}]}"#;
        for (text, values) in [(folded, vec![3, 2]), (speedscope, vec![5]), (cpuprofile, vec![5])] {
            let units = || text.encode_utf16();
            let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
            let latin: Vec<u8> = text.chars().map(|c| c as u32 as u8).collect();
            for bytes in [
                text.as_bytes().to_vec(),
                [b"\xef\xbb\xbf", text.as_bytes()].concat(),
                [&b"\xff\xfe"[..], &little].concat(),
                [&b"\xfe\xff"[..], &big].concat(),
                little,
                latin,
            ] {
                assert_eq!(read(&bytes), Ok(vec![values.clone()]), "{text}: {bytes:?}");
                assert_eq!(read(&packed(&bytes)), Ok(vec![values.clone()]));
            }
        }
    }

    #[test]
    fn a_file_without_a_profile_is_named_so() {
        let empty = br#"{"$schema": "https://www.speedscope.app/file-format-schema.json",
            "shared": {"frames": []}, "profiles": []}"#;
        assert_eq!(read(empty), Err("speedscope: the file holds no profile".to_owned()));
    }

    #[test]
    fn what_is_no_profile_is_shown_with_what_was_looked_for() {
        for (bytes, start) in [
            (&b"<html>not found</html>"[..], "a web page"),
            (b"<!DOCTYPE html>\n<title>502</title>", "a web page"),
            (&[0; 100], "binary data"),
            (&[0xff; 100], "binary data"),
        ] {
            for bytes in [bytes, &packed(bytes)] {
                let error = read(bytes).expect_err("no profile");
                assert!(
                    error.starts_with(&format!("no profile: it looks like {start}")),
                    "{error}"
                );
                let help = if start == "a web page" { "; download " } else { "; looked for " };
                assert!(error.contains(help), "{error}");
            }
        }
        assert_eq!(read(b""), Err("the file is empty at byte 0".to_owned()));
        assert_eq!(read(&packed(b"")).map_err(|e| e.contains("empty")), Err(true));
    }
}
