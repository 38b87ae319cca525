package samplesite

// wikiSpaceRoutes serves spaces and what belongs to them and to the site (REST v2).
func (s *Site) wikiSpaceRoutes() []route { return nil }
