//! [`Pages`]: the one lazy paging iterator that all lists and searches are made of.

use std::borrow::Cow;
use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::http::Request;

/// The results of a list or a search, fetched page by page as they are asked for.
///
/// Nothing is requested before the first [`next`](Iterator::next), and no page before the one before it
/// is used up. After the end, and after an error, there is nothing more; [`cursor`](Self::cursor) says
/// where to go on with the builder's `page_token`.
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
    /// How many items may still be given.
    left: u64,
    failed: bool,
}

type Fetch<T, C> = dyn FnMut(&Cursor) -> Result<Page<T, C>> + Send + Sync;

/// Where a page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    Start,
    Token(String),
    Number(u32),
}

/// A page as it came, and where the one after it is: `None` at the end.
pub(crate) struct Page<T, C> {
    pub(crate) items: Items<T>,
    pub(crate) context: Arc<C>,
    pub(crate) next: Option<Cursor>,
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

    /// `made` gives `count` items.
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

impl<T: Send + Sync + 'static> From<Vec<T>> for Items<T> {
    fn from(items: Vec<T>) -> Self {
        Self::new(items.len(), items.into_iter())
    }
}

impl Cursor {
    /// Where an answer's token leads; absent and empty both mean the end.
    pub(crate) fn after(token: Option<String>) -> Option<Self> {
        token.filter(|token| !token.is_empty()).map(Self::Token)
    }

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
        let fetch = move |cursor: &Cursor| {
            let answer = request.page(parameter, cursor.to_text().as_deref())?;
            let page = read(request.decode(&answer)?);
            if page.next.as_ref() == Some(cursor) {
                // Going on would ask for the same page for ever; ending would pass a part off as the whole.
                return Err(request.unexpected(
                    &answer,
                    "the token of the next page is the one of this page",
                ));
            }
            Ok(page)
        };
        Self {
            fetch: Box::new(fetch),
            items: Items::NONE,
            context: None,
            here: start.clone(),
            next: Some(start),
            left: limit.unwrap_or(u64::MAX),
            failed: false,
        }
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
            // A page may be empty and yet not the last.
            let cursor = self.next.as_ref()?;
            match (self.fetch)(cursor) {
                Ok(page) => {
                    self.here = std::mem::replace(&mut self.next, page.next)?;
                    self.items = page.items;
                    self.context = Some(page.context);
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
        let all_at_hand = self.failed || self.next.is_none() || at_hand == left;
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
