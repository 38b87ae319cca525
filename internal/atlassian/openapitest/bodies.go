package openapitest

import "github.com/getkin/kin-openapi/openapi3"

// MendBodies takes back what the documents say of request bodies and cannot mean:
// "oneOf" stands in them where the alternatives have no required members and so
// overlap, as the bodies of pages of Confluence; any of them is meant. And the members of a gadget's
// position are called by their descriptions, "The row position of the gadget."; they
// are "row" and "column", as the document's own examples have them.
func MendBodies(doc *openapi3.T) {
	if position := doc.Components.Schemas["DashboardGadgetPosition"]; position != nil {
		number := openapi3.NewSchemaRef("", openapi3.NewInt32Schema())
		position.Value.Required = []string{"column", "row"}
		position.Value.Properties = openapi3.Schemas{"column": number, "row": number}
	}
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
