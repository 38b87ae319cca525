package samplesite

// wikiContentRoutes serves pages, blog posts and what belongs to them, and what
// else is in the trees of spaces (REST v2).
func (s *Site) wikiContentRoutes() []route { return nil }
