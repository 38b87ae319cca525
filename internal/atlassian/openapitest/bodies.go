package openapitest

import "github.com/getkin/kin-openapi/openapi3"

// MendBodies takes back what the documents say of request bodies and cannot mean:
// "oneOf" stands in them where the alternatives have no required members and so
// overlap, as the bodies of pages of Confluence; any of them is meant.
func MendBodies(doc *openapi3.T) {
	seen := map[*openapi3.Schema]bool{}
	for _, path := range doc.Paths.Map() {
		for _, op := range path.Operations() {
			if op.RequestBody == nil {
				continue
			}
			for _, media := range op.RequestBody.Value.Content {
				anyOf(media.Schema, seen)
			}
		}
	}
}

func anyOf(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return
	}
	s := ref.Value
	seen[s] = true
	if s.Discriminator == nil {
		s.AnyOf, s.OneOf = append(s.AnyOf, s.OneOf...), nil
	}
	for _, p := range s.Properties {
		anyOf(p, seen)
	}
	anyOf(s.Items, seen)
	anyOf(s.AdditionalProperties.Schema, seen)
	for _, some := range []openapi3.SchemaRefs{s.AllOf, s.OneOf, s.AnyOf} {
		for _, one := range some {
			anyOf(one, seen)
		}
	}
}
