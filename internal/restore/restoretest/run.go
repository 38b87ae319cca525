// Package restoretest does whole restores in the process of a test: what the workflow
// and the activities do, one step after the other.
package restoretest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/store"
)

// Spec is that of a restore of all of a backup in the store.
func Spec(product backup.Product, policyID, backupID, site string) restore.Spec {
	return restore.Spec{
		ID: restore.NewID(backupID, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)), BackupID: backupID, PolicyID: policyID,
		Product: product, From: backup.FromStore, Site: site, Credential: "test",
	}
}

// Map puts a mapping file into the folder of a restore, and has the restore refer to it.
func Map(t testing.TB, steps *restore.Steps, over restore.Overrides) {
	t.Helper()
	data, err := json.Marshal(over)
	require.NoError(t, err)
	steps.Spec.Map, err = restore.OpenFolder(steps.Store, steps.Spec.ID).PutMap(t.Context(), data)
	require.NoError(t, err)
}

// Plan makes the plan of a restore, and returns it.
func Plan(t testing.TB, steps *restore.Steps) *restore.Plan {
	t.Helper()
	_, err := steps.Plan(t.Context(), "cloud", time.Now())
	require.NoError(t, err)
	plan, err := restore.OpenFolder(steps.Store, steps.Spec.ID).Plan(t.Context())
	require.NoError(t, err)
	return plan
}

// Apply applies all phases of a plan, in their order and each batch after the one
// before it, and returns the counts by kind.
func Apply(t testing.TB, steps *restore.Steps, retry int) map[string]restore.Counts {
	t.Helper()
	counts, err := TryApply(t, steps, retry)
	require.NoError(t, err)
	return counts
}

// TryApply is Apply that returns the first error of a step.
func TryApply(t testing.TB, steps *restore.Steps, retry int) (map[string]restore.Counts, error) {
	t.Helper()
	counts := map[string]restore.Counts{}
	plan, err := restore.OpenFolder(steps.Store, steps.Spec.ID).Plan(t.Context())
	if err != nil {
		return nil, err
	}
	for _, phase := range plan.Phases {
		for n := range phase.Batches {
			result, err := steps.Apply(t.Context(), phase.Name, n, retry)
			if err != nil {
				return counts, fmt.Errorf("phase %s, batch %d: %w", phase.Name, n, err)
			}
			restore.AddCounts(counts, result.Counts)
		}
		if err := steps.EndPhase(t.Context(), phase.Name); err != nil {
			return counts, err
		}
	}
	return counts, nil
}

// Run plans and applies a restore.
func Run(t testing.TB, steps *restore.Steps) (*restore.Plan, map[string]restore.Counts) {
	t.Helper()
	plan := Plan(t, steps)
	return plan, Apply(t, steps, 0)
}

// Compare compares all batches of a plan, and returns what was found of them together.
func Compare(t testing.TB, steps *restore.Steps) restore.Compared {
	t.Helper()
	plan, err := restore.OpenFolder(steps.Store, steps.Spec.ID).Plan(t.Context())
	require.NoError(t, err)
	all := restore.NewDifferences()
	for _, phase := range plan.Phases {
		for n := range phase.Batches {
			found, err := steps.Compare(t.Context(), phase.Name, n)
			require.NoError(t, err)
			all.Add(found)
		}
	}
	return all.Compared()
}

// Rows returns what a phase noted of its records that are not plainly created.
func Rows(t testing.TB, s store.Store, plan *restore.Plan, phase string) []restore.Row {
	t.Helper()
	var rows []restore.Row
	for _, p := range plan.Phases {
		for n := range p.Batches {
			if phase != "" && p.Name != phase {
				continue
			}
			result, err := restore.OpenFolder(s, plan.Spec.ID).Result(t.Context(), p.Name, n)
			require.NoError(t, err)
			for _, row := range result.Rows {
				if row.Outcome != restore.Created {
					rows = append(rows, row)
				}
			}
		}
	}
	return rows
}
