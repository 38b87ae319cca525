package cluster

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

// The search attributes of holdfast's workflows: ids and enums only, since
// Temporal never encrypts them.
var (
	// AttributeSite is the host name of the site.
	AttributeSite = temporal.NewSearchAttributeKeyKeyword("HoldfastSite")
	// AttributeProduct is "jira" or "confluence".
	AttributeProduct = temporal.NewSearchAttributeKeyKeyword("HoldfastProduct")
	// AttributePolicy is the id of the policy.
	AttributePolicy = temporal.NewSearchAttributeKeyKeyword("HoldfastPolicy")
	// AttributeStatus is, on a Backup, the outcome of its run; what became of it
	// later is in the Policy's table.
	AttributeStatus = temporal.NewSearchAttributeKeyKeyword("HoldfastStatus")
	// AttributeExpires is, on a Policy, when its next backup expires.
	AttributeExpires = temporal.NewSearchAttributeKeyTime("HoldfastExpires")
)

// SearchAttributes are all of them, by name, with the types under which they
// must be registered.
func SearchAttributes() map[string]enumspb.IndexedValueType {
	all := make(map[string]enumspb.IndexedValueType)
	for _, key := range []temporal.SearchAttributeKey{
		AttributeSite, AttributeProduct, AttributePolicy, AttributeStatus, AttributeExpires,
	} {
		all[key.GetName()] = key.GetValueType()
	}
	return all
}
