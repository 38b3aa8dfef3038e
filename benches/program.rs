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
            client(url)?.fetch_assets_by_threads(count.parse()?, threads.parse()?)
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
