//! Requests and responses, whatever they are for: retries, errors, encodings, connections, certificates, proxies.

mod bad_responses;
mod certificates;
mod connect_failures;
mod connections;
mod content_encodings;
mod early_responses;
mod encoding;
mod errors;
mod expectations;
mod hostile;
mod pages;
mod proxy;
mod proxy_tunnel;
mod rate_limit;
mod retries;
mod secrets;
mod send_request;
mod threads;
mod tls;
