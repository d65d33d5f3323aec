//! One file of any format: its bytes, compressed or not, to recordings in a `Batch`.
//!
//! The file is decompressed, its format recognised, and handed to the reader that the table
//! in `format` names. Nothing here knows paths, nor the labels in them.

use super::batch::Batch;
use super::format::{self, Unpacked};
use super::gzip::{self, UnpackLimit};
use super::malformed::{Malformed, ReadError};
use super::pprof;
use super::recording::Recording;
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
            let bytes = unpacker.unpack(bytes, work)?;
            read(Unpacked { bytes, name, batch, pprof, work }).map_err(ReadError::in_unpacked)
        } else {
            read(Unpacked { bytes, name, batch, pprof, work })
        }
    }
}

fn read(file: Unpacked<'_>) -> Result<Vec<Recording>, ReadError> {
    if file.bytes.is_empty() {
        return Err(Malformed::at(0, "the file is empty").into());
    }
    match format::recognised(file.bytes) {
        Some(format) => format.read(file),
        None => Err(ReadError::unknown(file.bytes, format::names())),
    }
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
    fn what_is_no_profile_is_shown_with_what_was_looked_for() {
        for (bytes, start) in [
            (&b"<html>not found</html>"[..], "`<html>not found</html>`"),
            (b"<!DOCTYPE html>\n<title>502</title>", "`<!DOCTYPE html>\\n<title>5…`"),
            (&[0; 100], r"`\x00\x00\x00"),
            (&[0xff; 100], r"`\xff\xff\xff"),
        ] {
            for bytes in [bytes, &packed(bytes)] {
                let error = read(bytes).expect_err("no profile");
                assert!(
                    error.starts_with(&format!("no profile: it starts with {start}")),
                    "{error}"
                );
                assert!(error.contains("; looked for "), "{error}");
            }
        }
        assert_eq!(read(b""), Err("the file is empty at byte 0".to_owned()));
        assert_eq!(read(&packed(b"")).map_err(|e| e.contains("empty")), Err(true));
    }
}
