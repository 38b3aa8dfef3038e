//! [`Broken`]: an attempt that ended without a whole response, and what it means.

use std::fmt;

use super::connect::NotConnected;
use crate::retry::Failure;
use crate::text::Printable;

/// How far a request had come.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Stage {
    /// On its way, or the head of its response was waited for.
    Request,
    /// The body of its response was read.
    Body,
}

/// An attempt that ended without a whole response.
pub(crate) struct Broken {
    pub(super) failure: Failure,
    pub(super) timed_out: bool,
    /// Whether the connection could not be made safe, or kept so.
    pub(super) tls: bool,
    pub(super) doing: &'static str,
    pub(super) is_response_late: bool,
    pub(super) source: ureq::Error,
}

impl Broken {
    /// The table of all the ways in which `ureq` fails.
    ///
    /// | error | what it means | may the service have acted? |
    /// | --- | --- | --- |
    /// | `Other` with [`NotConnected`] inside | look-up, connection, proxy, or TLS failed, as the cause says | no |
    /// | `HostNotFound`, `ConnectionFailed`, `ConnectProxyFailed` | the same | no |
    /// | `Timeout(Resolve)`, `Timeout(Connect)` | the same took too long | no |
    /// | `Tls`, `Rustls`, `Pem`, `TlsRequired`; `Io` about a certificate | the connection cannot be made safe; a retry would end the same | no |
    /// | `Http`, `BadUri`, `InvalidProxyUrl`, `RequireHttpsOnly`, `BodyExceedsLimit` | `ureq` does not send it; a retry would end the same | no |
    /// | `Timeout(_)`, `Io(TimedOut)` | no progress after something was sent | yes |
    /// | any other `Io`, such as a reset | the connection broke after something was sent | yes |
    /// | `Protocol`, `LargeResponseHeader`, `Decompress`, `BodyStalled` | what came is no HTTP response | yes |
    /// | `StatusCode`, `RedirectFailed`, `TooManyRedirects`, any other | not with the agent's configuration | yes |
    pub(super) fn new(source: ureq::Error, stage: Stage) -> Self {
        use std::io::ErrorKind;
        use ureq::{Error, Timeout};
        let connected = match &source {
            Error::Other(error) => match error.downcast_ref::<NotConnected>() {
                Some(NotConnected(cause)) => Err(cause),
                None => Ok(()),
            },
            _ => Ok(()),
        };
        let (failure, timed_out, tls) = match (connected, &source) {
            (Err(cause), _) if is_tls(cause) => (Failure::NotSentForGood, false, true),
            (Err(Error::Io(error)), _) if error.kind() == ErrorKind::TimedOut => {
                (Failure::NotSent, true, false)
            }
            (Err(_), _)
            | (_, Error::HostNotFound | Error::ConnectionFailed | Error::ConnectProxyFailed(_)) => {
                (Failure::NotSent, false, false)
            }
            (_, Error::Timeout(Timeout::Resolve | Timeout::Connect)) => {
                (Failure::NotSent, true, false)
            }
            (_, Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) | Error::TlsRequired) => {
                (Failure::NotSentForGood, false, true)
            }
            // A certificate is rejected before anything is sent; other trouble with TLS may come later.
            (_, Error::Io(error)) if is_tls(&source) => {
                let is_certificate = error.to_string().contains("certificate");
                if is_certificate {
                    (Failure::NotSentForGood, false, true)
                } else {
                    (Failure::Cut, false, true)
                }
            }
            (
                _,
                Error::Http(_)
                | Error::BadUri(_)
                | Error::InvalidProxyUrl
                | Error::RequireHttpsOnly(_)
                | Error::BodyExceedsLimit(_),
            ) => (Failure::NotSentForGood, false, false),
            (_, Error::Timeout(_)) => (Failure::Stalled, true, false),
            (_, Error::Io(error)) if error.kind() == ErrorKind::TimedOut => {
                (Failure::Stalled, true, false)
            }
            _ => (Failure::Cut, false, false),
        };
        let is_sending = matches!(
            source,
            Error::Timeout(Timeout::PerWrite | Timeout::SendRequest | Timeout::SendBody)
        );
        let doing = match stage {
            Stage::Body => "receiving the response",
            Stage::Request if is_sending => "sending the request",
            Stage::Request if timed_out => "waiting for the response",
            Stage::Request => "sending the request or waiting for the response",
        };
        let sent = matches!(failure, Failure::Cut | Failure::Stalled);
        Self {
            failure,
            timed_out,
            tls,
            doing,
            is_response_late: sent && !is_sending,
            source,
        }
    }
}

/// What broke, as an error of its own: `ureq`'s is no part of the public API, and may hold what a server or a proxy
/// sent.
#[derive(Debug)]
pub(super) struct Cause(pub(super) String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Printable(&self.0), f)
    }
}

impl std::error::Error for Cause {}

fn is_tls(error: &ureq::Error) -> bool {
    // The type of TLS errors cannot be named without a dependency on its crate, but be inferred.
    fn holds<T: std::error::Error + 'static>(
        _: fn(T) -> ureq::Error,
        error: &std::io::Error,
    ) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<T>())
    }
    match error {
        ureq::Error::Io(error) => holds(ureq::Error::Rustls, error),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::TlsRequired => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_ureq_is_in_the_table() {
        use std::io::ErrorKind::{
            ConnectionRefused, ConnectionReset, HostUnreachable, TimedOut, UnexpectedEof,
        };
        use ureq::{Error, Timeout};
        let io = |kind: std::io::ErrorKind| Error::Io(kind.into());
        let unconnected = |error| Error::Other(Box::new(NotConnected(error)));
        for (error, failure, timed_out) in [
            (unconnected(io(ConnectionRefused)), Failure::NotSent, false),
            (unconnected(io(HostUnreachable)), Failure::NotSent, false),
            (unconnected(io(TimedOut)), Failure::NotSent, true),
            (unconnected(io(UnexpectedEof)), Failure::NotSent, false),
            (unconnected(Error::Tls("x")), Failure::NotSentForGood, false),
            (Error::HostNotFound, Failure::NotSent, false),
            (Error::ConnectionFailed, Failure::NotSent, false),
            (
                Error::ConnectProxyFailed(String::new()),
                Failure::NotSent,
                false,
            ),
            (Error::Timeout(Timeout::Resolve), Failure::NotSent, true),
            (Error::Timeout(Timeout::Connect), Failure::NotSent, true),
            (Error::Tls("x"), Failure::NotSentForGood, false),
            (Error::TlsRequired, Failure::NotSentForGood, false),
            (Error::BadUri(String::new()), Failure::NotSentForGood, false),
            (Error::InvalidProxyUrl, Failure::NotSentForGood, false),
            (
                Error::RequireHttpsOnly(String::new()),
                Failure::NotSentForGood,
                false,
            ),
            (Error::BodyExceedsLimit(1), Failure::NotSentForGood, false),
            (Error::Timeout(Timeout::PerWrite), Failure::Stalled, true),
            (Error::Timeout(Timeout::PerRead), Failure::Stalled, true),
            (Error::Timeout(Timeout::Global), Failure::Stalled, true),
            (io(TimedOut), Failure::Stalled, true),
            (io(ConnectionReset), Failure::Cut, false),
            // On a connection that was made it comes too late to be one of connecting.
            (io(HostUnreachable), Failure::Cut, false),
            (Error::LargeResponseHeader(2, 1), Failure::Cut, false),
            (Error::StatusCode(500), Failure::Cut, false),
            (Error::RedirectFailed, Failure::Cut, false),
            (Error::TooManyRedirects, Failure::Cut, false),
            (Error::BodyStalled, Failure::Cut, false),
            (Error::Other("x".into()), Failure::Cut, false),
        ] {
            let shown = format!("{error:?}");
            let broken = Broken::new(error, Stage::Request);
            assert_eq!(
                (broken.failure, broken.timed_out),
                (failure, timed_out),
                "{shown}"
            );
        }
    }
}
