//! A connection that is never made: the service certainly did not act, and the error says to which host and why.

use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, Error, ErrorKind};
use support::client::builder;
use support::nobody::Nobody;

fn upload(key: &ApiKey) -> Result<(), Error> {
    let file = AssetFile::from_bytes("a.fbx", "x");
    let upload = key
        .get_user(1)
        .upload_asset(file, AssetType::Model, "n", "d");
    upload.unchecked().send().map(drop)
}

#[test]
fn a_host_name_that_nobody_knows_is_a_failure_to_connect_that_names_it() {
    // A label of a name has at most 63 characters: no name server is asked for this one.
    let host = format!("{}.invalid", "a".repeat(64));
    let (builder, waits) = builder(&format!("https://{host}"));
    let key = builder.build().unwrap();
    for error in [
        upload(&key).unwrap_err(),
        key.fetch_asset(1).unwrap_err(),
        key.save_asset(1, "Model").unwrap_err(),
    ] {
        assert!(
            error.is_connect() && !error.is_timeout() && !error.is_tls(),
            "{error}"
        );
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(!error.is_outcome_unknown(), "{error}");
        assert_eq!(error.attempts(), 3);
        let shown = error.to_string();
        assert!(
            shown.contains(&format!("could not connect to {host}: ")),
            "{shown}"
        );
        assert!(!shown.contains("sent"), "{shown}");
    }
    assert_eq!(waits.take(), [1000, 2000].repeat(3));
}

#[test]
fn a_port_that_nobody_listens_on_is_named() {
    let nobody = Nobody::new();
    let address = nobody.address();
    let (builder, _) = builder(&nobody.url());
    let error = upload(&builder.build().unwrap()).unwrap_err();
    assert!(error.is_connect() && !error.is_outcome_unknown());
    let expected = format!("could not connect to {address}: Connection refused");
    assert!(error.to_string().contains(&expected), "{error}");
    let Error::Transport(transport) = &error else {
        panic!("{error}");
    };
    assert_eq!(
        (transport.host.clone(), transport.sent),
        (address.to_string(), false)
    );
}

#[test]
fn a_server_that_does_not_speak_tls_never_heard_the_request() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", server.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = server.accept() {
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let (builder, _) = builder(&url);
    let error = upload(&builder.build().unwrap()).unwrap_err();
    assert!(error.is_tls(), "{error:#?}");
    assert_eq!(error.kind(), ErrorKind::Tls);
}
