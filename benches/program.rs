// The program around a `Client`: it does one piece of work, which the benchmark `loopback` measures.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let client = |url| Client::new(url, None);
    match arguments[..] {
        ["assets", url, count] => client(url)?.fetch_assets(count.parse()?),
        ["assets", url, count, roots] => {
            Client::new(url, Some(&std::fs::read(roots)?))?.fetch_assets(count.parse()?)
        }
        ["assets-by-threads", url, count, threads] => {
            by_threads(&client(url)?, count.parse()?, threads.parse()?)
        }
        ["search", url, pages] => client(url)?.search(pages.parse()?),
        ["search-and-keep", url, pages] => {
            std::hint::black_box(client(url)?.search_and_keep(pages.parse()?)?);
            Ok(())
        }
        ["upload", url, path] => client(url)?.upload_file(path.as_ref()),
        _ => Err("there is no such work".into()),
    }
}

/// Fetches an asset so many times in all, by so many threads with one client.
fn by_threads(client: &Client, count: u64, threads: u64) -> Result<(), Box<dyn std::error::Error>> {
    let fetch = || {
        let fetched = client.fetch_assets(count / threads);
        fetched.map_err(|error| error.to_string())
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(fetch)).collect();
        for thread in running {
            thread.join().map_err(|_| "a thread has panicked")??;
        }
        Ok(())
    })
}
