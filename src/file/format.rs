//! What kind of file something is: by its bytes where they are certain, else by its extension.

use crate::error::Result;

/// Bytes that can be read from anywhere, as far as they are at hand.
pub(crate) trait Bytes {
    /// The bytes from an offset on: fewer than asked for, or none, where the file ends or cannot be looked into.
    fn at(&mut self, offset: u64, len: usize) -> Result<Vec<u8>>;

    /// How many there are.
    fn size(&self) -> u64;
}

/// A kind of file: those that an upload can be, and those that are often taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Mp3,
    Ogg,
    Wav,
    Flac,
    Png,
    Jpeg,
    Bmp,
    Tga,
    Fbx,
    Gltf,
    Glb,
    Rbxm,
    Rbxmx,
    Mp4,
    Mov,
    // No asset type takes these.
    Aac,
    Avi,
    Avif,
    Blend,
    Gif,
    Heic,
    M4a,
    Matroska,
    Psd,
    Tiff,
    Webp,
    Zip,
}

/// Every kind that has an extension here, in the order in which errors name them.
const WITH_EXTENSION: &[Kind] = &[
    Kind::Mp3,
    Kind::Ogg,
    Kind::Wav,
    Kind::Flac,
    Kind::Png,
    Kind::Jpeg,
    Kind::Bmp,
    Kind::Tga,
    Kind::Fbx,
    Kind::Gltf,
    Kind::Glb,
    Kind::Rbxm,
    Kind::Rbxmx,
    Kind::Mp4,
    Kind::Mov,
];

/// As much as tells the kind of nearly every file.
const HEAD: usize = 4 << 10;

impl Kind {
    /// What it is in words, its content type, and its extensions.
    fn facts(self) -> (&'static str, &'static str, &'static [&'static str]) {
        match self {
            Self::Mp3 => ("an MP3 file", "audio/mpeg", &["mp3"]),
            Self::Ogg => ("an Ogg file", "audio/ogg", &["ogg"]),
            Self::Wav => ("a WAV file", "audio/wav", &["wav"]),
            Self::Flac => ("a FLAC file", "audio/flac", &["flac"]),
            Self::Png => ("a PNG image", "image/png", &["png"]),
            Self::Jpeg => ("a JPEG image", "image/jpeg", &["jpeg", "jpg"]),
            Self::Bmp => ("a BMP image", "image/bmp", &["bmp"]),
            Self::Tga => ("a TGA image", "image/tga", &["tga"]),
            Self::Fbx => ("an FBX model", "model/fbx", &["fbx"]),
            Self::Gltf => ("a glTF model", "model/gltf+json", &["gltf"]),
            Self::Glb => ("a binary glTF model", "model/gltf-binary", &["glb"]),
            Self::Rbxm => ("a binary Roblox file", "model/x-rbxm", &["rbxm"]),
            Self::Rbxmx => ("a Roblox file in XML", "model/x-rbxm", &["rbxmx"]),
            Self::Mp4 => ("an MP4 video", "video/mp4", &["mp4"]),
            Self::Mov => ("a QuickTime video", "video/mov", &["mov"]),
            Self::Aac => ("an AAC file", "audio/aac", &[]),
            Self::Avi => ("an AVI video", "video/x-msvideo", &[]),
            Self::Avif => ("an AVIF image", "image/avif", &[]),
            Self::Blend => ("a Blender file", "application/x-blender", &[]),
            Self::Gif => ("a GIF image", "image/gif", &[]),
            Self::Heic => ("an HEIC image", "image/heic", &[]),
            Self::M4a => ("an M4A file", "audio/mp4", &[]),
            Self::Matroska => ("a WebM or Matroska video", "video/x-matroska", &[]),
            Self::Psd => ("a Photoshop image", "image/vnd.adobe.photoshop", &[]),
            Self::Tiff => ("a TIFF image", "image/tiff", &[]),
            Self::Webp => ("a WebP image", "image/webp", &[]),
            Self::Zip => ("a ZIP archive", "application/zip", &[]),
        }
    }

    /// `a JPEG image`
    pub(crate) fn in_words(self) -> &'static str {
        self.facts().0
    }

    pub(crate) fn content_type(self) -> &'static str {
        self.facts().1
    }

    /// The kind that the extension says.
    pub(crate) fn by_extension(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        let is_own = |own: &str| own.eq_ignore_ascii_case(extension);
        WITH_EXTENSION
            .iter()
            .find(|kind| kind.facts().2.iter().any(|own| is_own(own)))
            .copied()
    }

    /// Whether a content type is one of those that are known.
    pub(crate) fn has_content_type(content_type: &str) -> bool {
        WITH_EXTENSION
            .iter()
            .any(|kind| kind.content_type() == content_type)
    }

    /// The extensions of files of some content types.
    pub(crate) fn extensions(content_types: &[&str]) -> Vec<&'static str> {
        WITH_EXTENSION
            .iter()
            .filter(|kind| content_types.contains(&kind.content_type()))
            .flat_map(|kind| kind.facts().2)
            .copied()
            .collect()
    }

    /// The kind that the bytes say, where they leave no doubt.
    pub(crate) fn by_bytes(bytes: &mut impl Bytes) -> Result<Option<Self>> {
        let head = bytes.at(0, HEAD)?;
        if let Some(kind) = by_signature(&head).or_else(|| by_text(&head)) {
            return Ok(Some(kind));
        }
        if let Some(end) = id3_end(&head) {
            let audio = bytes.at(end, 4)?;
            return Ok(Some(match audio.as_slice() {
                b"fLaC" => Self::Flac,
                b"OggS" => Self::Ogg,
                [0xFF, second, ..] if second & 0xF6 == 0xF0 => Self::Aac,
                _ => Self::Mp3,
            }));
        }
        // Two frames, one after the other, are no chance.
        for (kind, frame) in [
            (Self::Mp3, mp3_frame as fn(&[u8]) -> Option<u64>),
            (Self::Aac, aac_frame),
        ] {
            if let Some(length) = frame(&head) {
                if frame(&bytes.at(length, 8)?).is_some() {
                    return Ok(Some(kind));
                }
            }
        }
        if is_tga_header(&head) {
            const FOOTER: &[u8] = b"TRUEVISION-XFILE.\0";
            let offset = bytes.size().saturating_sub(FOOTER.len() as u64);
            if bytes.at(offset, FOOTER.len())? == FOOTER {
                return Ok(Some(Self::Tga));
            }
        }
        Ok(None)
    }
}

fn by_signature(head: &[u8]) -> Option<Kind> {
    let at = |offset: usize, text: &[u8]| {
        head.get(offset..)
            .is_some_and(|bytes| bytes.starts_with(text))
    };
    const SIGNATURES: &[(&[u8], Kind)] = &[
        (b"\x89PNG\r\n\x1a\n", Kind::Png),
        (b"\xff\xd8\xff", Kind::Jpeg),
        (b"GIF87a", Kind::Gif),
        (b"GIF89a", Kind::Gif),
        (b"II*\0", Kind::Tiff),
        (b"MM\0*", Kind::Tiff),
        (b"8BPS", Kind::Psd),
        (b"OggS", Kind::Ogg),
        (b"fLaC", Kind::Flac),
        (b"Kaydara FBX Binary", Kind::Fbx),
        (b"; FBX ", Kind::Fbx),
        (b"<roblox!", Kind::Rbxm),
        (b"BLENDER", Kind::Blend),
        (b"\x1a\x45\xdf\xa3", Kind::Matroska),
        (b"PK\x03\x04", Kind::Zip),
    ];
    let known = SIGNATURES.iter().find(|(signature, _)| at(0, signature));
    if let Some((_, kind)) = known {
        return Some(*kind);
    }
    if at(0, b"RIFF") {
        return match head.get(8..12)? {
            b"WAVE" => Some(Kind::Wav),
            b"WEBP" => Some(Kind::Webp),
            b"AVI " => Some(Kind::Avi),
            _ => None,
        };
    }
    if at(0, b"glTF") {
        // The version, which is a small number.
        return (at(5, &[0; 3])).then_some(Kind::Glb);
    }
    if at(0, b"BM") && at(6, &[0; 4]) {
        const HEADERS: &[u32] = &[12, 16, 40, 52, 56, 64, 108, 124];
        return (HEADERS.contains(&le_u32(head, 14)?)).then_some(Kind::Bmp);
    }
    match head.get(4..8)? {
        b"ftyp" => by_brand(head.get(8..12)?),
        b"moov" | b"mdat" | b"wide" => Some(Kind::Mov),
        _ => None,
    }
}

/// What the major brand of an ISO media file says.
fn by_brand(brand: &[u8]) -> Option<Kind> {
    match brand {
        b"qt  " => Some(Kind::Mov),
        b"isom" | b"iso2" | b"iso3" | b"iso4" | b"iso5" | b"iso6" | b"iso7" | b"iso8" | b"iso9"
        | b"mp41" | b"mp42" | b"mp71" | b"avc1" | b"dash" | b"mmp4" | b"MSNV" | b"M4V "
        | b"M4VH" | b"M4VP" | b"f4v " => Some(Kind::Mp4),
        b"M4A " | b"M4B " => Some(Kind::M4a),
        b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" | b"msf1" => Some(Kind::Heic),
        b"avif" | b"avis" => Some(Kind::Avif),
        _ => None,
    }
}

fn by_text(head: &[u8]) -> Option<Kind> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    // A character may be cut at the end of what was read.
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    };
    let mut text = text.trim_start();
    if text.starts_with("<?xml") {
        text = text.split_once("?>")?.1.trim_start();
    }
    if let Some(rest) = text.strip_prefix("<roblox") {
        return rest
            .starts_with([' ', '\t', '\r', '\n', '>'])
            .then_some(Kind::Rbxmx);
    }
    if text.starts_with('{') && text.contains("\"version\"") {
        let (_, rest) = text.split_once("\"asset\"")?;
        let value = rest.trim_start().strip_prefix(':')?;
        return value.trim_start().starts_with('{').then_some(Kind::Gltf);
    }
    None
}

/// Where an ID3 tag ends that the file begins with.
fn id3_end(head: &[u8]) -> Option<u64> {
    let [b'I', b'D', b'3', version, revision, flags, a, b, c, d, ..] = *head else {
        return None;
    };
    if version == 0xFF || revision == 0xFF || [a, b, c, d].iter().any(|byte| *byte > 0x7F) {
        return None;
    }
    let size = [a, b, c, d]
        .iter()
        .fold(0, |size, byte| size << 7 | u64::from(*byte));
    let footer = if flags & 0x10 == 0 { 0 } else { 10 };
    Some(10 + size + footer)
}

/// The length of a frame of MPEG audio, layer III.
fn mp3_frame(bytes: &[u8]) -> Option<u64> {
    const RATES: [u64; 3] = [44_100, 48_000, 32_000];
    const KBITS_1: [u64; 14] = [
        32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ];
    const KBITS_2: [u64; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let [0xFF, second, third, ..] = *bytes else {
        return None;
    };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    if second & 0xE0 != 0xE0 || layer != 1 {
        return None;
    }
    let (divisor, kbits, samples) = match version {
        3 => (1, KBITS_1, 144),
        2 => (2, KBITS_2, 72),
        0 => (4, KBITS_2, 72),
        _ => return None,
    };
    let rate = RATES.get(usize::from(third >> 2 & 3))? / divisor;
    let kbit = kbits.get(usize::from(third >> 4).checked_sub(1)?)?;
    Some(samples * kbit * 1_000 / rate + u64::from(third >> 1 & 1))
}

/// The length of a frame of AAC.
fn aac_frame(bytes: &[u8]) -> Option<u64> {
    let [0xFF, second, third, fourth, fifth, sixth, ..] = *bytes else {
        return None;
    };
    let length = u64::from(fourth & 3) << 11 | u64::from(fifth) << 3 | u64::from(sixth >> 5);
    (second & 0xF6 == 0xF0 && third >> 2 & 0xF <= 12 && length > 7).then_some(length)
}

/// Whether the first bytes can be the header of a TGA image: it has no signature.
pub(crate) fn is_tga_header(head: &[u8]) -> bool {
    let Some(
        [
            _,
            colors,
            kind,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            w0,
            w1,
            h0,
            h1,
            depth,
            flags,
        ],
    ) = head.first_chunk::<18>().copied()
    else {
        return false;
    };
    let is_known = match kind {
        1 | 9 => colors == 1 && matches!(depth, 8 | 16),
        2 | 10 => colors <= 1 && matches!(depth, 15 | 16 | 24 | 32),
        3 | 11 => colors <= 1 && matches!(depth, 8 | 16),
        _ => false,
    };
    is_known && (w0 | w1) != 0 && (h0 | h1) != 0 && flags & 0xC0 == 0
}

pub(crate) fn le_u32(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}

/// What a file is, by its first bytes, that is certainly no image, recording or video: text, a document or an icon.
/// Only for files of no [`Kind`] by their bytes.
pub(crate) fn text_or_document(bytes: &mut impl Bytes) -> Result<Option<&'static str>> {
    Ok(named_by_head(&bytes.at(0, HEAD)?))
}

fn named_by_head(head: &[u8]) -> Option<&'static str> {
    /// The header of a TGA image, which has no signature, has so many bytes, and some of them are no text.
    const TELLING: usize = 18;
    match head {
        [b'%', b'P', b'D', b'F', b'-', ..] => return Some("a PDF document"),
        // In a TGA image this would be colors by number, without any colors.
        [0, 0, 1, 0, count, 0, _, _, _, 0, ..] if *count > 0 => return Some("an ICO image"),
        _ => {}
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut at the end of what was read.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_binary = |character: char| character.is_control() && !character.is_whitespace();
    if text.contains(is_binary) {
        return None;
    }
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let start = start.to_ascii_lowercase();
    let begins = |with: &[&str]| with.iter().any(|with| start.starts_with(with));
    if begins(&["<!doctype html", "<html", "<head", "<body"]) {
        Some("an HTML page")
    } else if begins(&["<svg", "<!doctype svg"])
        || (begins(&["<?xml", "<!--"]) && start.contains("<svg"))
    {
        Some("an SVG image")
    } else if begins(&["<?xml"]) {
        Some("an XML file")
    } else {
        (start.trim_end().len() >= TELLING).then_some("plain text")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    impl Bytes for &[u8] {
        fn at(&mut self, offset: u64, len: usize) -> Result<Vec<u8>> {
            let offset = usize::try_from(offset).unwrap().min(self.len());
            Ok(self[offset..].iter().take(len).copied().collect())
        }

        fn size(&self) -> u64 {
            self.len() as u64
        }
    }

    fn kind(bytes: &[u8]) -> Option<Kind> {
        Kind::by_bytes(&mut &*bytes).unwrap()
    }

    /// Two frames of an MP3 at 128 kbit/s and 44.1 kHz, 417 bytes each.
    pub(crate) fn mp3() -> Vec<u8> {
        let mut frame = vec![0xFF, 0xFB, 0x90, 0x00];
        frame.resize(417, 0);
        frame.repeat(2)
    }

    fn tga(kind: u8, depth: u8) -> Vec<u8> {
        vec![
            0, 0, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 0, depth, 0, 1, 2, 3, 4,
        ]
    }

    #[test]
    fn a_file_is_told_by_its_first_bytes() {
        let riff = |form: &[u8]| [b"RIFF\x10\0\0\0", form, b"fmt "].concat();
        let brand = |brand: &[u8]| [b"\0\0\0\x18ftyp", brand, b"\0\0\0\0isom"].concat();
        let mut bmp = vec![0; 54];
        bmp[..2].copy_from_slice(b"BM");
        bmp[14] = 40;
        for (bytes, expected) in [
            (b"\x89PNG\r\n\x1a\n".to_vec(), Kind::Png),
            (b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), Kind::Jpeg),
            (bmp, Kind::Bmp),
            (b"GIF89a..".to_vec(), Kind::Gif),
            (riff(b"WEBP"), Kind::Webp),
            (riff(b"WAVE"), Kind::Wav),
            (riff(b"AVI "), Kind::Avi),
            (b"OggS\0".to_vec(), Kind::Ogg),
            (b"fLaC\0".to_vec(), Kind::Flac),
            (mp3(), Kind::Mp3),
            (b"Kaydara FBX Binary  \0\x1a\0".to_vec(), Kind::Fbx),
            (b"; FBX 7.4.0 project file".to_vec(), Kind::Fbx),
            (b"glTF\x02\0\0\0".to_vec(), Kind::Glb),
            (br#"{"asset":{"version":"2.0"}}"#.to_vec(), Kind::Gltf),
            (
                b"\xef\xbb\xbf {\n \"scene\" : 0, \"asset\" : { \"version\" : \"2.0\" } }".to_vec(),
                Kind::Gltf,
            ),
            (b"<roblox!\x89\xff\r\n".to_vec(), Kind::Rbxm),
            (b"<roblox version=\"4\">".to_vec(), Kind::Rbxmx),
            (b"<?xml version=\"1.0\"?>\n<roblox>".to_vec(), Kind::Rbxmx),
            (brand(b"isom"), Kind::Mp4),
            (brand(b"mp42"), Kind::Mp4),
            (brand(b"qt  "), Kind::Mov),
            (brand(b"M4A "), Kind::M4a),
            (brand(b"heic"), Kind::Heic),
            (b"\0\0\x10\0moov\0\0\0\x6cmvhd".to_vec(), Kind::Mov),
            (b"\x1a\x45\xdf\xa3\x01".to_vec(), Kind::Matroska),
            (
                [&tga(2, 24)[..], b"\0\0\0\0\0\0\0\0TRUEVISION-XFILE.\0"].concat(),
                Kind::Tga,
            ),
        ] {
            assert_eq!(kind(&bytes), Some(expected), "{bytes:?}");
        }
    }

    #[test]
    fn a_tag_before_the_audio_says_nothing_of_what_comes_after() {
        let tag = |size: u8| {
            let mut tag = b"ID3\x04\0\0\0\0\0".to_vec();
            tag.push(size);
            tag.resize(10 + usize::from(size), 0);
            tag
        };
        for (audio, expected) in [
            (&mp3()[..], Kind::Mp3),
            (b"fLaC", Kind::Flac),
            (b"OggS", Kind::Ogg),
            (b"\xff\xf1\x50\x80", Kind::Aac),
            (b"", Kind::Mp3),
        ] {
            assert_eq!(kind(&[&tag(100)[..], audio].concat()), Some(expected));
        }
        assert_eq!(kind(b"ID3\x04\0\0\0\0\0\x80"), None);
        assert_eq!(kind(b"ID3"), None);
    }

    #[test]
    fn bytes_that_leave_a_doubt_say_nothing() {
        let png_without_its_end = &b"\x89PNG\r\n"[..];
        let one_frame = &mp3()[..417];
        for bytes in [
            &b""[..],
            b"x",
            png_without_its_end,
            one_frame,
            b"BM is how a text may begin, and go on for long",
            b"RIFF\x10\0\0\0ACON",
            b"glTF is a format",
            b"{\"version\": 1, \"assets\": {}}",
            b"{\"asset\": \"version\"}",
            b"<robloxian>",
            b"<?xml version=\"1.0\"?><svg>",
            b"\xff\xfe\x41\0\x42\0",
            b"\0\0\0\x18ftypzzzz",
            b"\0\0\0\x18",
            &tga(2, 24),
            &[0; 64],
            &[0xFF; 4096],
        ] {
            assert_eq!(kind(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn the_header_of_a_tga_image_is_known_from_other_bytes() {
        for (kind, depth, known) in [
            (2, 24, true),
            (10, 32, true),
            (3, 8, true),
            (1, 8, false),
            (2, 8, false),
            (4, 24, false),
        ] {
            assert_eq!(is_tga_header(&tga(kind, depth)), known, "{kind} {depth}");
        }
        assert!(!is_tga_header(&tga(2, 24)[..17]));
        assert!(!is_tga_header(&[0xFF; 18]));
    }
}
