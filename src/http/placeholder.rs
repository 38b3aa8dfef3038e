//! Keeps secrets out of logs. `ureq` writes every byte of a request's head to its log at trace level, so a
//! request is made with a placeholder as the value of each header that holds a secret. The connection puts the
//! secrets in, below everything that logs.

use std::hash::{BuildHasher, RandomState};

use ureq::http::{HeaderMap, HeaderValue};

use super::exchange::carries_credentials;

const MARK: &[u8] = b"~redacted-";

/// The mark and 32 hexadecimal digits that nobody can guess.
const LENGTH: usize = MARK.len() + 32;

type Placeholder = [u8; LENGTH];

/// The secrets of one request, by their placeholders.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<(Placeholder, HeaderValue)>);

impl Secrets {
    /// Puts a placeholder in the place of each secret among the headers.
    pub(super) fn take_from(headers: &mut HeaderMap) -> Self {
        let random = RandomState::new();
        let mut secrets = Vec::new();
        for (name, value) in headers.iter_mut() {
            if !carries_credentials(name) {
                continue;
            }
            let count = secrets.len();
            let placeholder = placeholder([(count, 0), (count, 1)].map(|n| random.hash_one(n)));
            if let Ok(in_place) = HeaderValue::from_bytes(&placeholder) {
                secrets.push((placeholder, std::mem::replace(value, in_place)));
            }
        }
        Self(secrets)
    }

    /// The next piece of a text with the secrets in it. What may be the beginning of a placeholder is held back
    /// for the piece that follows, unless this is the last one.
    pub(super) fn put_into(&self, piece: &[u8], is_last: bool, held: &mut Vec<u8>) -> Vec<u8> {
        let mut text = std::mem::take(held);
        text.extend_from_slice(piece);
        // Enough for all of it, so that no copy of a secret is left behind by a vector that grew.
        let secrets: usize = self.0.iter().map(|(_, secret)| secret.len()).sum();
        let mut whole = Vec::with_capacity(text.len() + secrets);
        let mut rest = text.as_slice();
        while let Some(at) = find_tilde(rest) {
            let (before, from_tilde) = rest.split_at(at);
            whole.extend_from_slice(before);
            let known = self.0.iter().find_map(|(placeholder, secret)| {
                Some((secret, from_tilde.strip_prefix(placeholder)?))
            });
            if let Some((secret, after)) = known {
                whole.extend_from_slice(secret.as_bytes());
                rest = after;
                continue;
            }
            let is_beginning =
                |(placeholder, _): &(Placeholder, _)| placeholder.starts_with(from_tilde);
            if !is_last && self.0.iter().any(is_beginning) {
                held.extend_from_slice(from_tilde);
                return whole;
            }
            whole.push(b'~');
            rest = from_tilde.get(1..).unwrap_or_default();
        }
        whole.extend_from_slice(rest);
        whole
    }
}

fn placeholder(random: [u64; 2]) -> Placeholder {
    let mut placeholder = [b'0'; LENGTH];
    let mut random = random.into_iter().flat_map(u64::to_le_bytes);
    let (mark, digits) = placeholder.split_at_mut(MARK.len());
    mark.copy_from_slice(MARK);
    for pair in digits.chunks_exact_mut(2) {
        let byte = random.next().unwrap_or_default();
        for (digit, nibble) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = if nibble < 10 {
                b'0' + nibble
            } else {
                b'a' - 10 + nibble
            };
        }
    }
    placeholder
}

/// Where the first byte of a placeholder may be. That byte is rare in a head, and many bytes are looked at at a
/// time, as every head is looked through.
fn find_tilde(bytes: &[u8]) -> Option<usize> {
    const AT_ONCE: usize = 32;
    let has_tilde = |chunk: &[u8]| {
        chunk
            .iter()
            .fold(false, |found, byte| found | (*byte == b'~'))
    };
    let chunk = bytes.chunks(AT_ONCE).position(has_tilde)? * AT_ONCE;
    let within = bytes.get(chunk..)?.iter().position(|byte| *byte == b'~')?;
    Some(chunk + within)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Headers with these secrets, and the placeholders that took their place.
    fn taken(secrets: &[&str]) -> (Secrets, Vec<String>) {
        let mut headers = HeaderMap::new();
        for secret in secrets {
            headers.append("cookie", HeaderValue::from_str(secret).unwrap());
        }
        let taken = Secrets::take_from(&mut headers);
        let placeholders = headers.get_all("cookie").iter();
        let placeholders = placeholders.map(|value| value.to_str().unwrap().to_owned());
        (taken, placeholders.collect())
    }

    /// The text with the secrets in it, given in these pieces.
    fn put_in(secrets: &Secrets, pieces: &[&[u8]]) -> String {
        let mut held = Vec::new();
        let mut whole = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            let is_last = number + 1 == pieces.len();
            whole.extend(secrets.put_into(piece, is_last, &mut held));
            assert!(held.len() < LENGTH);
        }
        assert!(held.is_empty());
        String::from_utf8(whole).unwrap()
    }

    #[test]
    fn only_headers_with_secrets_get_a_placeholder() {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("secret"));
        headers.insert("x-other", HeaderValue::from_static("~redacted-with a kiss"));
        let secrets = Secrets::take_from(&mut headers);
        assert_eq!(secrets.0.len(), 1);
        assert_eq!(headers["x-api-key"].len(), LENGTH);
        assert_eq!(headers["x-other"], "~redacted-with a kiss");
        headers.remove("x-api-key");
        assert!(Secrets::take_from(&mut headers).0.is_empty());
    }

    #[test]
    fn a_placeholder_is_the_mark_and_32_digits_that_no_other_has() {
        let made: Vec<_> = (0..1_000).flat_map(|_| taken(&["a", "a"]).1).collect();
        let mut used = HashSet::new();
        for placeholder in &made {
            let digits = placeholder.as_bytes().strip_prefix(MARK).unwrap();
            assert_eq!(digits.len(), 32);
            used.extend(digits.to_vec());
        }
        assert_eq!(used, b"0123456789abcdef".iter().copied().collect());
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), 2_000);
    }

    #[test]
    fn secrets_are_put_in_wherever_a_head_is_cut() {
        let (secrets, placeholders) = taken(&["the key", "a=b; c=d", "the key"]);
        let [first, second, third] = placeholders.as_slice() else {
            panic!("{placeholders:?}");
        };
        let head = format!(
            "GET /~~redacted-0 HTTP/1.1\r\na: {first}\r\nb: ~{second}~\r\nc: {}\r\nd: {third}\r\n\r\n",
            "~redacted-0123456789abcdef0123456789abcdef",
        );
        let whole = head
            .replace(first, "the key")
            .replace(second, "a=b; c=d")
            .replace(third, "the key");
        let head = head.as_bytes();
        for cut in 0..=head.len() {
            let (before, after) = head.split_at(cut);
            assert_eq!(put_in(&secrets, &[before, after]), whole, "{cut}");
            assert_eq!(put_in(&secrets, &[before, b"", after]), whole, "{cut}");
        }
        for size in 1..=head.len() {
            let pieces: Vec<_> = head.chunks(size).collect();
            assert_eq!(put_in(&secrets, &pieces), whole, "{size}");
        }
    }

    #[test]
    fn what_only_begins_as_a_placeholder_is_not_lost() {
        let (secrets, placeholders) = taken(&["the key"]);
        for length in 0..LENGTH {
            let beginning = &placeholders[0][..length];
            for text in [
                beginning.to_owned(),
                format!("{beginning}~"),
                format!("{beginning}{beginning}x"),
            ] {
                let (before, after) = text.as_bytes().split_at(length);
                assert_eq!(put_in(&secrets, &[before, after]), text);
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_in_any_pieces_has_its_secrets_put_in(
            parts in vec(prop_oneof!["[ -~]{0,50}", "~*(~redacted-)?[0-9a-f]{0,33}", Just("\0".to_owned())], 0..12),
            cuts in vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let (secrets, placeholders) = taken(&["~redacted-"]);
            let given = parts.concat().replace('\0', &placeholders[0]);
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(given.len() + 1)).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([given.len()]) {
                pieces.push(&given.as_bytes()[from..cut]);
                from = cut;
            }
            prop_assert_eq!(put_in(&secrets, &pieces), parts.concat().replace('\0', "~redacted-"));
        }
    }

    #[test]
    fn the_first_tilde_is_found_wherever_it_stands() {
        for before in 0..70 {
            let text = format!("{}~x~", "x".repeat(before));
            assert_eq!(find_tilde(text.as_bytes()), Some(before));
        }
        assert_eq!(find_tilde("x".repeat(70).as_bytes()), None);
    }
}
