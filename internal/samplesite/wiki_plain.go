package samplesite

// wikiPlainRoutes serves what REST v2 does not have (REST v1).
func (s *Site) wikiPlainRoutes() []route { return nil }
