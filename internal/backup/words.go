package backup

// Containers is the word for the containers of a product.
func (p Product) Containers() string {
	if p == Confluence {
		return "spaces"
	}
	return "projects"
}

// Items is the word for the items of a product. Confluence's pages are its blog
// posts too.
func (p Product) Items() string {
	if p == Confluence {
		return "pages"
	}
	return "issues"
}
