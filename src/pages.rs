//! Pages: [`Pages`], the lazy iterator that all lists and searches are.
//!
//! ```no_run
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! let mut results = api_key.search_toolbox("Audio").query("rain").into_iter();
//! let first = results.next().transpose()?;
//! println!("{} in all", results.context().map_or(0, |context| context.total_results));
//! # Ok(())
//! # }
//! ```

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::iter::FusedIterator;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::http::Request;
use crate::wire::PageToken;

/// The results of a list or a search, fetched page by page as they are asked for.
///
/// Nothing is requested before the first [`next`](Iterator::next), and no page before the one before it
/// is used up. After the end, and after an error, there is nothing more; [`cursor`](Self::cursor) says
/// where to go on with the builder's `page_token`.
///
/// A page whose token leads back to a page that was fetched before, or whose token is no text, gives its items
/// first, and then an error: ending there would pass a part off as the whole.
///
/// `C` is what each page says beside its items, such as a
/// [`ToolboxSearchContext`](crate::ToolboxSearchContext).
///
/// ```no_run
/// use rblxopencloud::{ApiKey, AssetType};
///
/// # fn main() -> rblxopencloud::Result<()> {
/// let api_key = ApiKey::new("your-api-key")?;
/// let mut results = api_key.search_toolbox(AssetType::Audio).query("rain").into_iter();
/// while let Some(result) = results.next() {
///     let (asset, _) = result?;
///     println!("{asset}; to go on from here: {:?}", results.cursor());
/// }
/// if let Some(context) = results.context() {
///     println!("{} in all", context.total_results);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "iterators are lazy: nothing is requested until the first item is asked for"]
pub struct Pages<T, C = ()> {
    fetch: Box<Fetch<T, C>>,
    items: Items<T>,
    context: Option<Arc<C>>,
    /// Where the items at hand come from.
    here: Cursor,
    /// Where the page after them is.
    next: Option<Cursor>,
    /// Why there is no page after them, though they are not the last.
    trouble: Option<Error>,
    /// How many items may still be given.
    left: u64,
    failed: bool,
}

type Fetch<T, C> = dyn FnMut(&Cursor) -> Result<(Page<T, C>, Option<Error>)> + Send + Sync;

/// Where a page is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Cursor {
    Start,
    Token(String),
    Number(u32),
}

/// A page as it came, and where the one after it is.
pub(crate) struct Page<T, C> {
    pub(crate) items: Items<T>,
    pub(crate) context: Arc<C>,
    pub(crate) next: Next,
}

/// Where the page after a page is.
pub(crate) enum Next {
    End,
    At(Cursor),
    /// It is not the end, but where it goes on cannot be told.
    Malformed,
}

impl From<PageToken> for Next {
    fn from(token: PageToken) -> Self {
        match token {
            PageToken::End => Self::End,
            PageToken::Next(token) => Self::At(Cursor::Token(token)),
            PageToken::Malformed => Self::Malformed,
        }
    }
}

/// The items of a page, each made of what came when it is asked for: no page is stored twice, nor kept
/// while the next is fetched.
pub(crate) struct Items<T> {
    made: Option<Box<dyn Iterator<Item = T> + Send + Sync>>,
    left: usize,
}

impl<T> Items<T> {
    const NONE: Self = Self {
        made: None,
        left: 0,
    };

    /// `made` gives `count` items, or fewer.
    pub(crate) fn new(count: usize, made: impl Iterator<Item = T> + Send + Sync + 'static) -> Self {
        Self {
            made: Some(Box::new(made)),
            left: count,
        }
    }

    fn next(&mut self) -> Option<T> {
        let item = self.made.as_mut()?.next();
        self.left = self.left.saturating_sub(1);
        if item.is_none() {
            *self = Self::NONE;
        }
        item
    }
}

impl Cursor {
    fn to_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Start => None,
            Self::Token(token) => Some(Cow::Borrowed(token)),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
        }
    }
}

impl<T: 'static, C: 'static> Pages<T, C> {
    /// Pages that `request` gets, with the cursor in its query parameter `parameter`.
    pub(crate) fn new<W: DeserializeOwned>(
        request: Request,
        parameter: &'static str,
        start: Cursor,
        limit: Option<u64>,
        mut read: impl FnMut(W) -> Page<T, C> + Send + Sync + 'static,
    ) -> Self {
        let mut visited = Visited::new(&start);
        let fetch = move |cursor: &Cursor| {
            let response = request.page(parameter, cursor.to_text().as_deref())?;
            let page = read(request.decode(&response)?);
            let trouble = visited.trouble(&page.next, response.body());
            let trouble = trouble.map(|reason| request.unexpected(&response, reason));
            Ok((page, trouble))
        };
        Self {
            fetch: Box::new(fetch),
            items: Items::NONE,
            context: None,
            here: start.clone(),
            next: Some(start),
            trouble: None,
            left: limit.unwrap_or(u64::MAX),
            failed: false,
        }
    }
}

/// The size of pages to ask for: no larger than what is wanted in all.
pub(crate) fn page_size(limit: Option<u64>, largest: u64) -> u64 {
    limit.unwrap_or(largest).min(largest)
}

/// The pages that were fetched, so that a service which leads in a circle is noticed.
struct Visited {
    hasher: RandomState,
    cursors: HashSet<u64>,
    /// The latest page, where pages are numbered.
    content: Option<u64>,
}

impl Visited {
    fn new(start: &Cursor) -> Self {
        let hasher = RandomState::new();
        Self {
            cursors: HashSet::from([hasher.hash_one(start)]),
            hasher,
            content: None,
        }
    }

    /// Why there can be no page after this one.
    fn trouble(&mut self, next: &Next, body: &[u8]) -> Option<&'static str> {
        let Next::At(next) = next else {
            return matches!(next, Next::Malformed).then_some("the next page's token is not text");
        };
        if !self.cursors.insert(self.hasher.hash_one(next)) {
            return Some("the next page's token is that of a page that was fetched before");
        }
        if let Cursor::Number(_) = next {
            let content = Some(self.hasher.hash_one(body));
            if self.content == content {
                return Some("the page is the same as the one before it");
            }
            self.content = content;
        }
        None
    }
}

impl<T, C> Pages<T, C> {
    /// What the latest page says beside its items; `None` until a page was fetched. It is there even
    /// when the page has no items, so it tells the total of a search that found nothing.
    #[must_use]
    pub fn context(&self) -> Option<&Arc<C>> {
        self.context.as_ref()
    }

    /// The token of the page that the next item comes from. Given to the builder's `page_token`, it
    /// skips nothing, but gives again what was given of that page already. After an error it is the
    /// token of the page that failed. `None` on the first page, and after the last.
    #[must_use]
    pub fn cursor(&self) -> Option<String> {
        let cursor = if self.items.left > 0 {
            Some(&self.here)
        } else {
            self.next.as_ref()
        };
        match cursor? {
            Cursor::Number(1) => None,
            cursor => Some(cursor.to_text()?.into_owned()),
        }
    }
}

impl<T, C> Iterator for Pages<T, C> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            if let Some(item) = self.items.next() {
                self.left -= 1;
                return Some(Ok(item));
            }
            if self.failed {
                return None;
            }
            if let Some(trouble) = self.trouble.take() {
                self.failed = true;
                return Some(Err(trouble));
            }
            // A page may be empty and yet not the last.
            let cursor = self.next.as_ref()?;
            match (self.fetch)(cursor) {
                Ok((page, trouble)) => {
                    let next = match page.next {
                        Next::At(cursor) => Some(cursor),
                        Next::End | Next::Malformed => None,
                    };
                    self.here = std::mem::replace(&mut self.next, next)?;
                    self.items = page.items;
                    self.context = Some(page.context);
                    self.trouble = trouble;
                }
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let at_hand = self.items.left.min(left);
        let is_last = self.next.is_none() && self.trouble.is_none();
        let all_at_hand = self.failed || is_last || at_hand == left;
        (at_hand, all_at_hand.then_some(at_hand))
    }
}

impl<T, C> FusedIterator for Pages<T, C> {}

impl<T, C> fmt::Debug for Pages<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("at_hand", &self.items.left)
            .field("here", &self.here)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
