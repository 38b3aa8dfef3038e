//! Keeps secrets out of logs. `ureq` writes every byte of a request's head to its log at trace level, so a
//! request is made with a seal in the place of each secret, and the seal is broken on the way into the
//! socket, below everything that logs.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use ureq::Error;
use ureq::http::{HeaderMap, HeaderValue};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::exchange::carries_credentials;

const MARK: &[u8] = b"~sealed-";

/// The mark and 32 hexadecimal digits that nobody can guess.
const SEAL_LENGTH: usize = MARK.len() + 32;

type Seal = [u8; SEAL_LENGTH];

/// The secrets of the requests under way, by their seals.
#[derive(Clone, Default)]
pub(crate) struct Vault(Arc<Inner>);

#[derive(Default)]
struct Inner {
    secrets: RwLock<Vec<(Seal, HeaderValue)>>,
    random: RandomState,
    count: AtomicU64,
}

impl Vault {
    /// Puts a seal in the place of each secret among the headers, for as long as the result is kept.
    pub(crate) fn seal(&self, headers: &mut HeaderMap) -> Sealed<'_> {
        let mut sealed = Sealed {
            vault: self,
            seals: Vec::new(),
        };
        for (name, value) in headers.iter_mut() {
            if !carries_credentials(name) {
                continue;
            }
            let seal = self.new_seal();
            if let Ok(in_place) = HeaderValue::from_bytes(&seal) {
                let secret = std::mem::replace(value, in_place);
                let mut secrets = self
                    .0
                    .secrets
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                secrets.push((seal, secret));
                sealed.seals.push(seal);
            }
        }
        sealed
    }

    fn new_seal(&self) -> Seal {
        let random = || {
            let count = self.0.count.fetch_add(1, Ordering::Relaxed);
            self.0.random.hash_one(count)
        };
        let mut seal = [b'0'; SEAL_LENGTH];
        let mut random = [random(), random()].into_iter().flat_map(u64::to_le_bytes);
        let (mark, digits) = seal.split_at_mut(MARK.len());
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
        seal
    }

    /// The head of a request with its secrets, if there is a seal in it.
    fn open(&self, head: &[u8]) -> Option<Vec<u8>> {
        let secrets = self
            .0
            .secrets
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut opened = Vec::with_capacity(head.len() * 2);
        let mut rest = head;
        let mut found = false;
        while let Some(at) = find_mark(rest) {
            let (before, from_mark) = rest.split_at(at);
            opened.extend_from_slice(before);
            let seal = from_mark.get(..SEAL_LENGTH).unwrap_or_default();
            let taken = match secrets.iter().find(|(known, _)| known == seal) {
                Some((_, secret)) => {
                    found = true;
                    opened.extend_from_slice(secret.as_bytes());
                    SEAL_LENGTH
                }
                None => {
                    opened.extend_from_slice(MARK);
                    MARK.len()
                }
            };
            rest = from_mark.get(taken..).unwrap_or_default();
        }
        if !found {
            return None;
        }
        opened.extend_from_slice(rest);
        Some(opened)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault([redacted])")
    }
}

/// Forgets the secrets of a request when it is over.
pub(crate) struct Sealed<'a> {
    vault: &'a Vault,
    seals: Vec<Seal>,
}

impl Drop for Sealed<'_> {
    fn drop(&mut self) {
        let mut secrets = self
            .vault
            .0
            .secrets
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        secrets.retain(|(seal, _)| !self.seals.contains(seal));
    }
}

/// Makes every connection one that breaks the seals.
#[derive(Debug)]
pub(crate) struct Unsealing(pub(crate) Vault);

impl<In: Transport> Connector<In> for Unsealing {
    type Out = Unsealed<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        connection: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        Ok(connection.map(|connection| Unsealed {
            connection,
            vault: self.0.clone(),
        }))
    }
}

/// A connection that breaks the seals of what it sends.
#[derive(Debug)]
pub(crate) struct Unsealed<T> {
    connection: T,
    vault: Vault,
}

impl<T: Transport> Transport for Unsealed<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let output = self.connection.buffers().output();
        let head = output
            .get(..amount)
            .filter(|output| begins_a_request(output));
        let Some(mut opened) = head.and_then(|head| self.vault.open(head)) else {
            return self.connection.transmit_output(amount, timeout);
        };
        let room = output.len().max(1);
        let mut sent = Ok(());
        for part in opened.chunks(room) {
            if let Some(space) = self.connection.buffers().output().get_mut(..part.len()) {
                space.copy_from_slice(part);
            }
            sent = self.connection.transmit_output(part.len(), timeout);
            if let Some(space) = self.connection.buffers().output().get_mut(..part.len()) {
                space.fill(0);
            }
            if sent.is_err() {
                break;
            }
        }
        opened.fill(0);
        sent
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.connection.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.connection.is_open()
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}

/// Tells the head of a request from most other bytes, so that bodies are not searched.
fn begins_a_request(output: &[u8]) -> bool {
    let method = output
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    method > 0 && output.get(method..method + 2) == Some(b" /")
}

/// Where the mark is. It begins with a byte that is rare in a head, so that few places are looked at twice.
fn find_mark(head: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = head.get(from..)?;
        let at = find_tilde(rest)?;
        if rest.get(at..).is_some_and(|rest| rest.starts_with(MARK)) {
            return Some(from + at);
        }
        from += at + 1;
    }
}

/// Where the first byte of the mark is. It looks at many bytes at a time, as every request is looked through.
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

    use super::*;

    #[test]
    fn a_seal_is_broken_only_while_its_request_goes_on() {
        let vault = Vault::default();
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("secret"));
        headers.insert("x-other", HeaderValue::from_static("~sealed-with a kiss"));
        let sealed = vault.seal(&mut headers);
        let seal = headers["x-api-key"].to_str().unwrap().to_owned();
        assert_eq!(seal.len(), SEAL_LENGTH);
        assert_eq!(headers["x-other"], "~sealed-with a kiss");

        let head =
            format!("GET / HTTP/1.1\r\nx-other: ~sealed-with a kiss\r\nx-api-key: {seal}\r\n\r\n");
        let opened = vault.open(head.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(opened).unwrap(),
            head.replace(&seal, "secret")
        );
        assert_eq!(vault.open(b"GET / HTTP/1.1\r\n\r\n"), None);

        drop(sealed);
        assert_eq!(vault.open(head.as_bytes()), None);
    }

    #[test]
    fn a_seal_is_the_mark_and_32_digits_that_no_other_seal_has() {
        let vault = Vault::default();
        let seals: Vec<_> = (0..1_000).map(|_| vault.new_seal()).collect();
        let mut used = HashSet::new();
        for seal in &seals {
            let digits = seal.strip_prefix(MARK).unwrap();
            assert_eq!(digits.len(), 32);
            used.extend(digits);
        }
        assert_eq!(used, b"0123456789abcdef".iter().collect());
        assert_eq!(seals.iter().collect::<HashSet<_>>().len(), seals.len());
        assert!(!seals.contains(&Vault::default().new_seal()));
    }

    #[test]
    fn a_vault_shows_nothing_of_what_is_in_it() {
        let vault = Vault::default();
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("secret"));
        let _sealed = vault.seal(&mut headers);
        assert_eq!(format!("{vault:?}"), "Vault([redacted])");
    }

    #[test]
    fn the_mark_is_found_wherever_it_stands() {
        for before in 0..70 {
            for misleading in ["", "~", "~~", "~seal", "~ ~"] {
                let head = format!("{}{misleading}~sealed-~sealed-", "x".repeat(before));
                let at = before + misleading.len();
                assert_eq!(find_mark(head.as_bytes()), Some(at), "{head}");
            }
        }
        for none in ["", "x", "~", "~sealed", "x~~seal~sealed"] {
            assert_eq!(find_mark(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn only_what_begins_as_a_request_is_searched() {
        for head in ["GET / HTTP/1.1", "PATCH /assets/v1 HTTP/1.1"] {
            assert!(begins_a_request(head.as_bytes()), "{head}");
        }
        for other in [
            "",
            "GET",
            "{\"a\":1}",
            "\u{1}GET /",
            "get /",
            "--boundary",
            "GET http://x",
            " / HTTP/1.1",
        ] {
            assert!(!begins_a_request(other.as_bytes()), "{other}");
        }
    }
}
