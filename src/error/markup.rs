//! What a person would quote from an error page: its heading or title, and the first sentence below.

/// Reads an error page. `None` where it has nothing to say but the name of a site.
pub(super) fn quote(page: &str) -> Option<String> {
    let mut parts = Parts::default();
    let mut rest = page;
    let mut place = Place::Body;
    while let Some(at) = rest.find('<') {
        let (text, from) = rest.split_at(at);
        parts.add(place, text);
        let tag = Tag::at(from);
        rest = tag.rest;
        match (tag.name.as_str(), tag.closes) {
            ("script" | "style" | "svg" | "noscript" | "template", false) => {
                rest = after_end_of(rest, &tag.name);
            }
            ("title", false) => place = Place::Title,
            ("message" | "details" | "detail" | "reason", false) => place = Place::Message,
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", false) => place = Place::Heading,
            (name, _) if is_inline(name) => {}
            _ => place = Place::Body,
        }
        if !is_inline(&tag.name) {
            parts.end_block();
        }
    }
    parts.add(place, rest);
    parts.end_block();
    parts.quote()
}

/// Whether a page is markup, and not text.
pub(super) fn is_markup(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
        next.is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'))
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Title,
    Heading,
    Message,
    Body,
}

#[derive(Default)]
struct Parts {
    title: Option<String>,
    message: Option<String>,
    headings: Vec<String>,
    texts: Vec<String>,
    block: String,
    place: Option<Place>,
}

/// So many blocks are enough to quote from.
const ENOUGH: usize = 4;

impl Parts {
    fn add(&mut self, place: Place, text: &str) {
        if !text.trim().is_empty() {
            self.place.get_or_insert(place);
        }
        self.block.push_str(text);
    }

    fn end_block(&mut self) {
        let text = decode_entities(&std::mem::take(&mut self.block));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let Some(place) = self.place.take().filter(|_| !text.is_empty()) else {
            return;
        };
        match place {
            Place::Title => _ = self.title.get_or_insert(text),
            Place::Message => _ = self.message.get_or_insert(text),
            Place::Heading if self.headings.len() < ENOUGH => self.headings.push(text),
            Place::Body if self.texts.len() < ENOUGH => self.texts.push(text),
            _ => {}
        }
    }

    fn quote(self) -> Option<String> {
        if self.message.is_some() {
            return self.message;
        }
        let says_something = |text: &String| !is_name(text);
        let mut headlines = self.headings.into_iter().filter(says_something);
        let first = headlines.next();
        let headline = first.or_else(|| self.title.clone().filter(says_something));
        let is_sentence = |text: &String| text.contains(' ');
        let texts = self.texts.into_iter();
        let mut texts = headlines.chain(texts.filter(|text| !is_sites_name(text)));
        let Some(headline) = headline else {
            let is_title = |text: &String| Some(text) == self.title.as_ref();
            return texts.find(|text| !is_title(text));
        };
        match texts.find(|text| is_sentence(text) && *text != headline) {
            Some(text) => Some(format!("{}: {text}", headline.trim_end_matches(['.', ':']))),
            None => Some(headline),
        }
    }
}

/// A single word without a number is the name of a site, or says nothing.
fn is_name(text: &str) -> bool {
    let is_word = !text.contains(' ') && !text.bytes().any(|byte| byte.is_ascii_digit());
    is_word || is_sites_name(text)
}

/// Whether a text is the name of the service, with nothing but marks and a year beside it.
fn is_sites_name(text: &str) -> bool {
    let is_of_name = |word: &str| {
        let word = word.trim_matches(|character: char| !character.is_alphanumeric());
        let is_year = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
        let known = [
            "corp",
            "corporation",
            "inc",
            "roblox",
            "roblox.com",
            "www.roblox.com",
        ];
        word.is_empty() || is_year || known.iter().any(|known| word.eq_ignore_ascii_case(known))
    };
    text.to_ascii_lowercase().contains("roblox") && text.split(' ').all(is_of_name)
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "code"
            | "em"
            | "font"
            | "i"
            | "kbd"
            | "mark"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "tt"
            | "u"
            | "wbr"
    )
}

struct Tag<'a> {
    name: String,
    closes: bool,
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// The tag, comment or the like that begins here. One that never ends takes the rest.
    fn at(text: &'a str) -> Self {
        let (inner, rest) = if text.starts_with("<!--") {
            text.split_once("-->").unwrap_or((text, ""))
        } else {
            let end = tag_end(text).or_else(|| text.find('>'));
            let (inner, rest) = text.split_at(end.unwrap_or(text.len()));
            (inner, rest.strip_prefix('>').unwrap_or(rest))
        };
        let inner = inner.trim_start_matches('<');
        let closes = inner.starts_with('/');
        let name = inner.trim_start_matches('/');
        let name = name
            .split(|c: char| c.is_whitespace() || c == '/')
            .next()
            .unwrap_or_default();
        Self {
            name: name.to_ascii_lowercase(),
            closes,
            rest,
        }
    }
}

/// Where the tag ends: a value in quotes may hold what looks like the end.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut is_value = false;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '>') => return Some(at),
            (None, '"' | '\'') if is_value => quote = Some(character),
            _ => {}
        }
        is_value = character == '=' || (is_value && character.is_whitespace());
    }
    None
}

fn after_end_of<'a>(text: &'a str, name: &str) -> &'a str {
    let end = format!("</{name}");
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        let (_, from) = rest.split_at(at);
        let is_end = from
            .get(..end.len())
            .is_some_and(|tag| tag.eq_ignore_ascii_case(&end));
        if is_end {
            return from;
        }
        rest = from.get(2..).unwrap_or_default();
    }
    ""
}

const ENTITIES: &[(&str, char)] = &[
    ("AElig", 'Æ'),
    ("Aacute", 'Á'),
    ("Acirc", 'Â'),
    ("Agrave", 'À'),
    ("Aring", 'Å'),
    ("Atilde", 'Ã'),
    ("Auml", 'Ä'),
    ("Ccedil", 'Ç'),
    ("ETH", 'Ð'),
    ("Eacute", 'É'),
    ("Ecirc", 'Ê'),
    ("Egrave", 'È'),
    ("Euml", 'Ë'),
    ("Iacute", 'Í'),
    ("Icirc", 'Î'),
    ("Igrave", 'Ì'),
    ("Iuml", 'Ï'),
    ("Ntilde", 'Ñ'),
    ("OElig", 'Œ'),
    ("Oacute", 'Ó'),
    ("Ocirc", 'Ô'),
    ("Ograve", 'Ò'),
    ("Oslash", 'Ø'),
    ("Otilde", 'Õ'),
    ("Ouml", 'Ö'),
    ("Scaron", 'Š'),
    ("THORN", 'Þ'),
    ("Uacute", 'Ú'),
    ("Ucirc", 'Û'),
    ("Ugrave", 'Ù'),
    ("Uuml", 'Ü'),
    ("Yacute", 'Ý'),
    ("Yuml", 'Ÿ'),
    ("Zcaron", 'Ž'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("aelig", 'æ'),
    ("agrave", 'à'),
    ("amp", '&'),
    ("apos", '\''),
    ("aring", 'å'),
    ("atilde", 'ã'),
    ("auml", 'ä'),
    ("bdquo", '„'),
    ("bull", '•'),
    ("ccedil", 'ç'),
    ("cent", '¢'),
    ("copy", '©'),
    ("deg", '°'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("egrave", 'è'),
    ("emsp", ' '),
    ("ensp", ' '),
    ("eth", 'ð'),
    ("euml", 'ë'),
    ("euro", '€'),
    ("gt", '>'),
    ("hellip", '…'),
    ("iacute", 'í'),
    ("icirc", 'î'),
    ("iexcl", '¡'),
    ("igrave", 'ì'),
    ("iquest", '¿'),
    ("iuml", 'ï'),
    ("laquo", '«'),
    ("larr", '←'),
    ("ldquo", '“'),
    ("lsaquo", '‹'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("middot", '·'),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("ntilde", 'ñ'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("oelig", 'œ'),
    ("ograve", 'ò'),
    ("oslash", 'ø'),
    ("otilde", 'õ'),
    ("ouml", 'ö'),
    ("para", '¶'),
    ("pound", '£'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rarr", '→'),
    ("rdquo", '”'),
    ("reg", '®'),
    ("rsaquo", '›'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("scaron", 'š'),
    ("sect", '§'),
    ("szlig", 'ß'),
    ("thinsp", ' '),
    ("thorn", 'þ'),
    ("times", '×'),
    ("trade", '™'),
    ("uacute", 'ú'),
    ("ucirc", 'û'),
    ("ugrave", 'ù'),
    ("uuml", 'ü'),
    ("yacute", 'ý'),
    ("yen", '¥'),
    ("yuml", 'ÿ'),
    ("zcaron", 'ž'),
];

fn decode_entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        decoded.push_str(before);
        let (character, after) = entity(from).unwrap_or_else(|| {
            let after = from.get(1..).unwrap_or_default();
            ('&', after)
        });
        decoded.push(character);
        rest = after;
    }
    decoded.push_str(rest);
    decoded
}

/// The character that a text begins with as an entity, and what follows it.
pub(crate) fn entity(text: &str) -> Option<(char, &str)> {
    /// No name or number is longer.
    const LONGEST: usize = 10;
    let text = text.strip_prefix('&')?;
    let (end, _) = text
        .char_indices()
        .take(LONGEST)
        .find(|(_, character)| *character == ';')?;
    Some((character(text.get(..end)?)?, text.get(end + 1..)?))
}

fn character(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(number.ok()?);
    }
    let known = ENTITIES.iter().find(|(name, _)| *name == entity)?;
    Some(known.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_quoted_as_a_person_would() {
        for (page, quoted) in [
            (
                "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1>\
                 </center>\r\n<hr><center>nginx</center>\r\n</body></html>",
                Some("502 Bad Gateway"),
            ),
            (
                "<html><title>502 Bad Gateway</title><body>x</body>",
                Some("502 Bad Gateway"),
            ),
            (
                "<!DOCTYPE html><html><head><title>Roblox</title><style>p{}</style><script>if (a < b) \"<p>no</p>\"\
                 </script></head><body><h3>Bad Request</h3><h4>There was a problem with your request &#40;code 400)\
                 </h4></body></html>",
                Some("Bad Request: There was a problem with your request (code 400)"),
            ),
            (
                "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>You don't have permission \
                 to access &quot;http&#58;&#47;&#47;x&quot; on this server.<P>Reference&#32;&#35;18</BODY></HTML>",
                Some(
                    "Access Denied: You don't have permission to access \"http://x\" on this server.",
                ),
            ),
            (
                "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access &lt;Denied&gt;</Message>\
                 <RequestId>1</RequestId></Error>",
                Some("Access <Denied>"),
            ),
            ("<html><title>Roblox</title></html>", None),
            (
                "<html><title>Roblox</title><body><h1>Roblox</h1></body></html>",
                None,
            ),
            (
                "<html><title>Roblox</title><body><p>We are <b>down</b> for&nbsp;maintenance.</p></body>",
                Some("We are down for maintenance."),
            ),
            ("<html><body>x</body>", Some("x")),
            (
                "<p><a title=\"a>b\" href = '>'>Not</a> <b class=x>here</b>, <i title=\"x>y\"/>it's gone.</p>",
                Some("Not here, it's gone."),
            ),
            (
                "<p it's>Gone <b title=\">never ends</b>",
                Some("Gone never ends"),
            ),
            (
                "<title>1 x</title><img alt=\"1 > 0\"><p>It is so.",
                Some("1 x: It is so."),
            ),
            (
                "<p>D&eacute;sol&eacute; &mdash; &Uuml;ber&szlig; it&rsquo;s&nbsp;gone&hellip; &pound;5 &Eacute;t&eacute;",
                Some("Désolé — Überß it’s gone… £5 Été"),
            ),
            (
                "<title>Roblox&nbsp;Corporation</title><p>We are down.</p>",
                Some("We are down."),
            ),
            (
                "<title>Roblox</title><h1>ROBLOX Corporation</h1><p>&copy; 2026 Roblox&nbsp;Corporation.</p>",
                None,
            ),
            (
                "<h1>Bad Request</h1><p>&copy;2026 Roblox Corporation</p><p>It is wrong.</p>",
                Some("Bad Request: It is wrong."),
            ),
            ("<title>Roblox is down</title>", Some("Roblox is down")),
            (
                "<p>a &amp b &unknown; &#xZ; &</p>",
                Some("a &amp b &unknown; &#xZ; &"),
            ),
            ("<!-- only <b>a</b> comment --><!-- and", None),
            ("<script>never ends", None),
            ("<", None),
            ("<é", None),
        ] {
            assert_eq!(quote(page).as_deref(), quoted, "{page}");
        }
    }

    #[test]
    fn markup_is_told_from_text() {
        for page in ["<p>", "x <br/> y", "<!DOCTYPE html>", "<?xml?>", "a</b>"] {
            assert!(is_markup(page), "{page}");
        }
        for text in ["", "a < b", "1 <2", "<", "<>", "-> <-"] {
            assert!(!is_markup(text), "{text}");
        }
    }
}
