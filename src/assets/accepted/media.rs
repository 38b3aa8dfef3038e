//! How large an image is, and how long a recording plays, where its header says so for certain.

use crate::error::Result;
use crate::file::format::{Bytes, Kind, is_tga_header, le_u32};

/// How far into a JPEG its size is looked for.
const FARTHEST: u64 = 1 << 20;

/// The most parts of a file that are walked over, so that no file can keep the look at it busy.
const MOST_PARTS: usize = 4096;

/// Width and height in pixels.
pub(super) fn pixels(kind: Kind, bytes: &mut impl Bytes) -> Result<Option<(u32, u32)>> {
    let head = bytes.at(0, 64)?;
    let size = match kind {
        Kind::Png if head.get(12..16) == Some(b"IHDR") => be_u32(&head, 16).zip(be_u32(&head, 20)),
        Kind::Jpeg => jpeg_pixels(bytes)?,
        Kind::Bmp => match le_u32(&head, 14) {
            Some(12) => le_u16(&head, 18).zip(le_u16(&head, 20)),
            // A height below zero says that the rows go down.
            _ => {
                let side = |offset| {
                    let side = head.get(offset..)?.first_chunk()?;
                    Some(i32::from_le_bytes(*side).unsigned_abs())
                };
                side(18).zip(side(22))
            }
        },
        Kind::Tga if is_tga_header(&head) => le_u16(&head, 12).zip(le_u16(&head, 14)),
        _ => None,
    };
    Ok(size.filter(|(width, height)| *width > 0 && *height > 0))
}

/// The size in the first frame header, which stands behind metadata of any length.
fn jpeg_pixels(bytes: &mut impl Bytes) -> Result<Option<(u32, u32)>> {
    let mut offset = 2;
    for _ in 0..MOST_PARTS {
        if offset > FARTHEST {
            break;
        }
        let part = bytes.at(offset, 9)?;
        let [0xFF, marker, rest @ ..] = part.as_slice() else {
            break;
        };
        match marker {
            // Filling.
            0xFF => {
                offset += 1;
                continue;
            }
            // Markers that stand alone.
            0x01 | 0xD0..=0xD7 => {
                offset += 2;
                continue;
            }
            // The image itself, or its end.
            0xD8..=0xDA => break,
            _ => {}
        }
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            return Ok(be_u16(rest, 5).zip(be_u16(rest, 3)));
        }
        let Some(length @ 2..) = be_u16(rest, 0) else {
            break;
        };
        offset += 2 + u64::from(length);
    }
    Ok(None)
}

/// How many whole seconds a recording plays.
pub(super) fn seconds(kind: Kind, bytes: &mut impl Bytes) -> Result<Option<u64>> {
    match kind {
        Kind::Wav => wav_seconds(bytes),
        Kind::Flac => flac_seconds(bytes),
        Kind::Mp4 | Kind::Mov => movie_seconds(bytes),
        _ => Ok(None),
    }
}

fn wav_seconds(bytes: &mut impl Bytes) -> Result<Option<u64>> {
    let mut bytes_a_second = None;
    let mut offset = 12;
    for _ in 0..MOST_PARTS {
        let part = bytes.at(offset, 24)?;
        let (Some(name), Some(size)) = (part.get(..4), le_u32(&part, 4)) else {
            break;
        };
        match name {
            b"fmt " => {
                let (format, rate) = (le_u16(&part, 8), le_u32(&part, 12));
                let (speed, block) = (le_u32(&part, 16), le_u16(&part, 20));
                // Only where samples have one size is the speed exact: PCM, floating point, and extensible.
                let is_exact = matches!(format, Some(1 | 3 | 0xFFFE))
                    && rate
                        .zip(block)
                        .and_then(|(rate, block)| rate.checked_mul(block))
                        == speed;
                bytes_a_second = speed.filter(|speed| is_exact && *speed > 0);
            }
            b"data" => {
                // What was written to a pipe has no size, or all ones.
                let at_hand = bytes.size().saturating_sub(offset + 8);
                let size = u64::from(size).min(at_hand);
                return Ok(bytes_a_second.map(|speed| size / u64::from(speed)));
            }
            _ => {}
        }
        offset += 8 + u64::from(size) + u64::from(size % 2);
    }
    Ok(None)
}

fn flac_seconds(bytes: &mut impl Bytes) -> Result<Option<u64>> {
    let head = bytes.at(0, 26)?;
    // The first block describes the stream, and has 34 bytes.
    let is_description = head
        .get(4..8)
        .is_some_and(|block| matches!(block, [0 | 0x80, 0, 0, 34]));
    let described = head.get(18..).and_then(<[u8]>::first_chunk);
    let Some(described) = described.filter(|_| is_description) else {
        return Ok(None);
    };
    let described = u64::from_be_bytes(*described);
    let (rate, samples) = (described >> 44, described & ((1 << 36) - 1));
    // Of a stream whose length was not known it is 0.
    Ok(samples.checked_div(rate).filter(|_| samples > 0))
}

/// The length in the header of a movie, which may stand behind the movie itself.
fn movie_seconds(bytes: &mut impl Bytes) -> Result<Option<u64>> {
    let end = bytes.size();
    let Some((start, end)) = find_box(bytes, b"moov", 0, end)? else {
        return Ok(None);
    };
    let Some((start, _)) = find_box(bytes, b"mvhd", start, end)? else {
        return Ok(None);
    };
    let header = bytes.at(start, 32)?;
    let (rate, length) = match header.first() {
        Some(0) => {
            let length = be_u32(&header, 16).filter(|length| *length != u32::MAX);
            (be_u32(&header, 12), length.map(u64::from))
        }
        Some(1) => {
            let length = header.get(24..).and_then(<[u8]>::first_chunk);
            let length = length.map(|length| u64::from_be_bytes(*length));
            (
                be_u32(&header, 20),
                length.filter(|length| *length != u64::MAX),
            )
        }
        _ => return Ok(None),
    };
    let known = length.zip(rate);
    Ok(known.and_then(|(length, rate)| length.checked_div(rate.into())))
}

/// Where the content of a box begins and ends.
fn find_box(
    bytes: &mut impl Bytes,
    name: &[u8; 4],
    start: u64,
    end: u64,
) -> Result<Option<(u64, u64)>> {
    let mut offset = start;
    for _ in 0..MOST_PARTS {
        if offset >= end {
            break;
        }
        let head = bytes.at(offset, 16)?;
        let (Some(size), Some(own)) = (be_u32(&head, 0), head.get(4..8)) else {
            break;
        };
        let (head_size, size) = match size {
            // It goes to the end.
            0 => (8, end - offset),
            1 => match head.get(8..).and_then(<[u8]>::first_chunk) {
                Some(size) => (16, u64::from_be_bytes(*size)),
                None => break,
            },
            size => (8, u64::from(size)),
        };
        let Some(next) = offset.checked_add(size).filter(|_| size >= head_size) else {
            break;
        };
        if own == name {
            return Ok(Some((offset + head_size, next.min(end))));
        }
        offset = next;
    }
    Ok(None)
}

fn be_u32(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..)?.first_chunk()?;
    Some(u32::from_be_bytes(*bytes))
}

fn be_u16(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..)?.first_chunk()?;
    Some(u16::from_be_bytes(*bytes).into())
}

fn le_u16(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of(kind: Kind, bytes: &[u8]) -> Option<(u32, u32)> {
        pixels(kind, &mut &*bytes).unwrap()
    }

    fn seconds_of(kind: Kind, bytes: &[u8]) -> Option<u64> {
        seconds(kind, &mut &*bytes).unwrap()
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    fn jpeg(before: &[u8], marker: u8) -> Vec<u8> {
        let frame = [0xFF, marker, 0, 17, 8, 0x1F, 0x40, 0x1F, 0x41, 3];
        [b"\xff\xd8", before, &frame].concat()
    }

    #[test]
    fn the_size_of_an_image_stands_in_its_header() {
        assert_eq!(size_of(Kind::Png, &png(8_000, 7_999)), Some((8_000, 7_999)));
        assert_eq!(size_of(Kind::Png, &png(0, 5)), None);
        assert_eq!(size_of(Kind::Png, &png(8_000, 7_999)[..23]), None);

        let mut bmp = vec![0; 26];
        bmp[14] = 40;
        bmp[18..22].copy_from_slice(&640_u32.to_le_bytes());
        bmp[22..26].copy_from_slice(&(-480_i32).to_le_bytes());
        assert_eq!(size_of(Kind::Bmp, &bmp), Some((640, 480)));
        bmp[14] = 12;
        bmp[18..22].copy_from_slice(&[1, 1, 2, 0]);
        assert_eq!(size_of(Kind::Bmp, &bmp), Some((257, 2)));

        let mut tga = [0; 18];
        (tga[2], tga[16]) = (2, 32);
        tga[12..16].copy_from_slice(&[0x40, 0x1F, 1, 0]);
        assert_eq!(size_of(Kind::Tga, &tga), Some((8_000, 1)));
        tga[2] = 77;
        assert_eq!(size_of(Kind::Tga, &tga), None);
    }

    #[test]
    fn the_size_of_a_jpeg_stands_behind_its_metadata() {
        let segment = |marker: u8, length: u16| {
            let mut segment = vec![0xFF, marker];
            segment.extend(length.to_be_bytes());
            segment.resize(2 + usize::from(length), 0xC0);
            segment
        };
        let exif = segment(0xE1, u16::MAX);
        for before in [
            vec![],
            segment(0xE0, 16),
            [segment(0xE0, 16), segment(0xC4, 40), vec![0xFF, 0xFF]].concat(),
            exif.repeat(15),
        ] {
            for marker in [0xC0, 0xC1, 0xC2, 0xCF] {
                let bytes = jpeg(&before, marker);
                assert_eq!(size_of(Kind::Jpeg, &bytes), Some((8_001, 8_000)));
                assert_eq!(size_of(Kind::Jpeg, &bytes[..bytes.len() - 3]), None);
            }
        }
        for before in [
            exif.repeat(17),
            segment(0xDA, 8),
            vec![0xFF, 0xD9],
            vec![0xFF, 0xE0, 0, 0],
            vec![7],
        ] {
            assert_eq!(size_of(Kind::Jpeg, &jpeg(&before, 0xC0)), None);
        }
        assert_eq!(size_of(Kind::Jpeg, &[0xFF; 1 << 16]), None);
    }

    fn wav(format: u16, speed: u32, size: u32, content: usize) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        bytes.extend(format.to_le_bytes());
        bytes.extend(1_u16.to_le_bytes());
        bytes.extend(100_u32.to_le_bytes());
        bytes.extend(speed.to_le_bytes());
        bytes.extend([2, 0, 16, 0]);
        bytes.extend(b"data");
        bytes.extend(size.to_le_bytes());
        bytes.resize(bytes.len() + content, 0);
        bytes
    }

    #[test]
    fn the_length_of_a_wav_file_is_that_of_its_samples() {
        assert_eq!(seconds_of(Kind::Wav, &wav(1, 200, 1_000, 1_000)), Some(5));
        assert_eq!(
            seconds_of(Kind::Wav, &wav(1, 200, u32::MAX, 1_199)),
            Some(5)
        );
        // Compressed, or with a speed that is not that of the samples.
        assert_eq!(seconds_of(Kind::Wav, &wav(2, 200, 1_000, 1_000)), None);
        assert_eq!(seconds_of(Kind::Wav, &wav(1, 201, 1_000, 1_000)), None);
        assert_eq!(seconds_of(Kind::Wav, &wav(1, 0, 1_000, 1_000)), None);
        assert_eq!(seconds_of(Kind::Wav, b"RIFF\0\0\0\0WAVE"), None);
    }

    #[test]
    fn the_length_of_a_flac_file_is_in_its_first_block() {
        let flac = |rate: u64, samples: u64| {
            let mut bytes = b"fLaC\0\0\0\x22".to_vec();
            bytes.extend([0; 10]);
            bytes.extend((rate << 44 | samples).to_be_bytes());
            bytes
        };
        assert_eq!(
            seconds_of(Kind::Flac, &flac(44_100, 44_100 * 421)),
            Some(421)
        );
        assert_eq!(seconds_of(Kind::Flac, &flac(44_100, 0)), None);
        assert_eq!(seconds_of(Kind::Flac, &flac(0, 9)), None);
        assert_eq!(seconds_of(Kind::Flac, &flac(44_100, 9)[..25]), None);
    }

    fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(8 + content.len()).unwrap();
        [&size.to_be_bytes(), name, content].concat()
    }

    #[test]
    fn the_length_of_a_movie_is_in_its_header_wherever_it_stands() {
        let short = [
            &[0; 12][..],
            &600_u32.to_be_bytes(),
            &(600_u32 * 301).to_be_bytes(),
        ]
        .concat();
        let long = [
            &[1][..],
            &[0; 19],
            &1_000_u32.to_be_bytes(),
            &7_999_u64.to_be_bytes(),
        ]
        .concat();
        let ftyp = boxed(b"ftyp", b"isom");
        let mdat = boxed(b"mdat", &[7; 5_000]);
        let huge = [&[0, 0, 0, 1][..], b"mdat", &40_u64.to_be_bytes(), &[7; 24]].concat();
        for (header, seconds) in [(&short, 301), (&long, 7)] {
            let moov = boxed(
                b"moov",
                &[boxed(b"free", b""), boxed(b"mvhd", header)].concat(),
            );
            for file in [
                [&ftyp[..], &moov, &mdat].concat(),
                [&ftyp[..], &mdat, &huge, &moov].concat(),
            ] {
                assert_eq!(seconds_of(Kind::Mp4, &file), Some(seconds));
            }
        }
        for file in [
            ftyp.clone(),
            [&ftyp[..], &boxed(b"moov", &boxed(b"free", b""))].concat(),
            [&ftyp[..], b"\0\0\0\x04moov"].concat(),
            [&ftyp[..], b"\0\0\0\0mdat"].concat(),
            [&ftyp[..], b"\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff"].concat(),
            [&ftyp[..], &boxed(b"moov", &boxed(b"mvhd", &[0; 20]))].concat(),
        ] {
            assert_eq!(seconds_of(Kind::Mp4, &file), None, "{file:?}");
        }
    }

    #[test]
    fn no_bytes_keep_the_look_at_a_file_from_ending() {
        use proptest::prelude::*;

        let starts: [&[u8]; 7] = [
            b"",
            b"\xff\xd8\xff\xe1\0\x02",
            b"RIFF\0\0\0\0WAVEfmt ",
            b"fLaC\0\0\0\x22",
            b"\0\0\0\x08ftyp\0\0\0\0moov\0\0\0\0mvhd",
            b"ID3\x04\0\0\0\0\0\x02",
            b"BM\0\0\0\0\0\0\0\0",
        ];
        let rest = proptest::collection::vec(any::<u8>(), 0..200);
        proptest!(|(start in 0..starts.len(), rest in rest)| {
            let bytes = [starts[start], &rest].concat();
            let mut bytes = bytes.as_slice();
            let detected = Kind::by_bytes(&mut bytes).unwrap();
            for kind in [Kind::Png, Kind::Jpeg, Kind::Bmp, Kind::Tga, Kind::Wav, Kind::Flac, Kind::Mp4] {
                let kind = detected.unwrap_or(kind);
                let _ = pixels(kind, &mut bytes).unwrap();
                let _ = seconds(kind, &mut bytes).unwrap();
            }
        });
    }
}
