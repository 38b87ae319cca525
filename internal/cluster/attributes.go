// Package cluster is how every process of holdfast meets Temporal: one data
// converter, one set of search attributes, one logger.
package cluster

import "go.temporal.io/sdk/temporal"

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
