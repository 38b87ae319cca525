package workflows

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/message"
)

// view is the policy as `policy show` tells it (P4).
func (p *policyRun) view(ctx workflow.Context) message.PolicyView {
	v := message.PolicyView{Policy: p.Policy, Running: p.Running, NextAllowedAt: backup.AllowedAt(p.history(), p.Policy.Limits),
		LastComplete: p.LastComplete, Standing: p.Standing, NextRun: p.NextRun, Pending: p.Pending, Problems: p.problems()}
	v.Backups = slices.Clone(p.Backups)
	slices.Reverse(v.Backups)
	v.Available = p.available(workflow.Now(ctx))
	return v
}

// problems are what an operator should look after, beside what the backups' rows say.
func (p *policyRun) problems() (all []string) {
	if u := p.Unwritten; u != nil {
		all = append(all, fmt.Sprintf("policy.json is not up to date in the store since %s, and is written again at %s: %s", when(u.Since), when(u.Next), u.Reason))
	}
	if p.Unset {
		all = append(all, "its Temporal Schedules could not be set, and are tried again within the hour: see the Policy in the Temporal Web UI")
	}
	if r := p.Removal; r != nil && r.Tries > 0 {
		all = append(all, fmt.Sprintf("what the store has of the policy can't be removed since %s, and is tried again at %s: %s", when(r.Since), when(r.Next), r.Reason))
	}
	return all
}

func (p *policyRun) available(now time.Time) (n int) {
	for _, b := range p.Backups {
		if backup.Available(b, now) {
			n++
		}
	}
	return n
}

// upsert sets the memo, from which lists are made, and the search attributes.
func (p *policyRun) upsert(ctx workflow.Context) {
	summary := message.PolicySummary{
		ID: p.Policy.ID, Site: p.Policy.Site, Product: p.Policy.Product, Running: p.Running,
		Available: p.available(workflow.Now(ctx)), LastComplete: p.LastComplete, NextRun: p.NextRun,
		Paused: p.Paused != nil, Retired: p.Retired != nil,
	}
	if n := len(p.Backups); n > 0 {
		summary.Last = &p.Backups[n-1]
	}
	if err := workflow.UpsertMemo(ctx, map[string]any{message.Memo: summary}); err != nil {
		workflow.GetLogger(ctx).Warn("the memo was not set", "error", err)
	}
	attributes := []temporal.SearchAttributeUpdate{
		cluster.AttributeSite.ValueSet(host(p.Policy.Site)),
		cluster.AttributeProduct.ValueSet(string(p.Policy.Product)),
		cluster.AttributePolicy.ValueSet(p.Policy.ID),
	}
	if next := p.nextExpiry(); next.IsZero() {
		attributes = append(attributes, cluster.AttributeExpires.ValueUnset())
	} else {
		attributes = append(attributes, cluster.AttributeExpires.ValueSet(next))
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, attributes...); err != nil {
		workflow.GetLogger(ctx).Warn("search attributes were not set", "error", err)
	}
}

// nextExpiry is when the next of the backups expires that have bytes, zero where
// none does.
func (p *policyRun) nextExpiry() (next time.Time) {
	for _, b := range p.Backups {
		if backup.HasBytes(b) && b.Held == nil && (next.IsZero() || b.ExpiresAt.Before(next)) {
			next = b.ExpiresAt
		}
	}
	return next
}

// policyAttributes are the search attributes of all that belongs to a policy.
func policyAttributes(p backup.Policy) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		cluster.AttributeSite.ValueSet(host(p.Site)),
		cluster.AttributeProduct.ValueSet(string(p.Product)),
		cluster.AttributePolicy.ValueSet(p.ID),
	)
}

// backupAttributes are the search attributes of a policy's new run.
func backupAttributes(p backup.Policy) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		cluster.AttributeSite.ValueSet(host(p.Site)),
		cluster.AttributeProduct.ValueSet(string(p.Product)),
		cluster.AttributePolicy.ValueSet(p.ID),
		statusAttribute(backup.InProgress),
	)
}

func statusAttribute(s backup.Status) temporal.SearchAttributeUpdate {
	return cluster.AttributeStatus.ValueSet(string(s))
}

// host is the host name of a site's address.
func host(site string) string {
	u, err := url.Parse(site)
	if err != nil {
		return ""
	}
	return u.Host
}
