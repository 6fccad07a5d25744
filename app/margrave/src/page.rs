use engine_net::{Page, Pages};
use rust_embed::RustEmbed;

/// The web phone as `npm run build` left it in `app/web/dist`; empty if nobody built it before the binary.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Dist;

/// Told instead of the web phone when the binary was built without it.
const NOT_BUILT: &str = include_str!("not-built.html");

/// What a browser finds: the web phone, and what it is to know (`/demo.json`).
pub(crate) fn pages(told: &serde_json::Value) -> Pages {
    let mut pages: Vec<(String, Page)> = Dist::iter()
        .filter_map(|name| {
            let file = Dist::get(&name)?;
            Some((format!("/{name}"), page(&name, file.data.into_owned())))
        })
        .collect();
    let index = pages
        .iter()
        .find(|(path, _)| path == "/index.html")
        .map_or_else(
            || page("index.html", NOT_BUILT.into()),
            |(_, index)| index.clone(),
        );
    pages.push(("/".to_owned(), index));
    pages.push((
        "/demo.json".to_owned(),
        page("demo.json", told.to_string().into_bytes()),
    ));
    Pages::new(pages)
}

/// Whether the web phone is in this binary.
pub(crate) fn is_built() -> bool {
    Dist::get("index.html").is_some()
}

fn page(name: &str, body: Vec<u8>) -> Page {
    let content_type = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    };
    Page {
        content_type: content_type.to_owned(),
        body: body.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn there_is_always_a_first_page() {
        let pages = pages(&serde_json::json!({ "users": [] }));
        let index = pages.get("/").unwrap();
        assert_eq!(index.content_type, "text/html; charset=utf-8");
        assert!(!index.body.is_empty());
        assert_eq!(
            &pages.get("/demo.json").unwrap().body[..],
            b"{\"users\":[]}"
        );
    }
}
