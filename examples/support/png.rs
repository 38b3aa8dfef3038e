//! A picture, for examples that need one to upload.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// A square PNG of one colour.
pub(crate) fn square(side: u32, colour: [u8; 3]) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(side.to_be_bytes());
    header.extend(side.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]); // 8 bits each of red, green and blue
    chunk(&mut png, *b"IHDR", &header);
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::default());
    for _ in 0..side {
        let row: Vec<u8> = [0]
            .into_iter()
            .chain(colour.repeat(side as usize))
            .collect();
        pixels.write_all(&row).expect("a vector takes all");
    }
    chunk(
        &mut png,
        *b"IDAT",
        &pixels.finish().expect("a vector takes all"),
    );
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(data);
    png.extend((data.len() as u32).to_be_bytes());
    png.extend(kind);
    png.extend(data);
    png.extend(crc.sum().to_be_bytes());
}
