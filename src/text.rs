//! Text that may reach a terminal or a log: what a service, a file or a user wrote is shown by [`Printable`] alone.

use std::fmt::{self, Write};

/// Shows text of a service or a user so that it can be written to a terminal or a log.
///
/// It is one line. Control characters and line breaks become spaces. Characters that cannot be seen, or that change
/// the direction of the text around them, are shown by their number. The Display of errors, assets, users and
/// groups uses it; names and descriptions that a program prints by itself should go through it, too.
///
/// ```
/// use rblxopencloud::printable;
///
/// let name = "Menu\u{1b}[31m \u{202e}emehT";
/// assert_eq!(printable(name).to_string(), "Menu [31m \\u{202e}emehT");
/// ```
#[must_use]
pub fn printable(text: &str) -> impl fmt::Display + '_ {
    Printable(text)
}

/// Shows text on one line, without a character that moves the cursor, colors, hides or reorders text.
///
/// Control characters and line breaks become spaces. Characters that cannot be seen, or that change the direction
/// of the text around them, are shown by their number: `\u{202e}`.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(is_unprintable) {
            let (plain, from) = rest.split_at(at);
            f.write_str(plain)?;
            let mut characters = from.chars();
            match characters.next() {
                Some(character) if is_break(character) => f.write_char(' ')?,
                Some(character) => write!(f, "\\u{{{:x}}}", u32::from(character))?,
                None => {}
            }
            rest = characters.as_str();
        }
        f.write_str(rest)
    }
}

/// Writes what a thing is called, what it is, and its id.
pub(crate) fn write_named(
    f: &mut fmt::Formatter<'_>,
    name: Option<&str>,
    kind: &str,
    id: u64,
) -> fmt::Result {
    let kind = Printable(kind);
    f.pad(&match name {
        Some(name) => format!("{} ({kind} {id})", Printable(name)),
        None => format!("{kind} {id}"),
    })
}

fn is_unprintable(character: char) -> bool {
    is_break(character)
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

fn is_break(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Cuts text to so many characters, and shows that it was cut.
pub(crate) fn cut(text: &mut String, longest: usize) {
    if let Some((at, _)) = text.char_indices().nth(longest) {
        text.truncate(at);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_or_hide_is_shown_or_taken_out() {
        for (text, shown) in [
            ("plain text, é 日本 🦀", "plain text, é 日本 🦀"),
            ("a\u{1b}[31mb\r\nc\td\u{7f}\u{9b}e", "a [31mb  c d  e"),
            ("a\u{2028}b\u{2029}c", "a b c"),
            (
                "a\u{202e}b\u{200b}\u{feff}",
                "a\\u{202e}b\\u{200b}\\u{feff}",
            ),
            ("", ""),
        ] {
            assert_eq!(Printable(text).to_string(), shown);
        }
        for character in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let shown = Printable(&character.to_string()).to_string();
            assert!(
                !shown.contains(is_unprintable),
                "{:x}",
                u32::from(character)
            );
        }
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        let mut text = "é".repeat(10);
        cut(&mut text, 3);
        assert_eq!(text, "ééé…");
        cut(&mut text, 4);
        assert_eq!(text, "ééé…");
    }
}
