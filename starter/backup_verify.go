package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"holdfast/internal/message"
)

func newBackupVerify(a *app) *cobra.Command {
	var share shareFlag
	cmd := &cobra.Command{
		Use:   "verify BACKUP",
		Short: "Read a whole backup from the store and check every byte",
		Long: `Let a worker read a whole backup from the store and check every byte against its
manifest, wait for it, and tell what it found. A COMPLETE backup that is damaged
is COMPLETE no more.`,
		Example: "  holdfast backup verify jira-acme.20261123T021658Z\n" +
			"  holdfast backup verify jira-acme.20261123T021658Z --read-data 1/7",
		ValidArgsFunction: a.complete(completeBackups),
		Args:              one("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.backupVerify(cmd.Context(), args[0], share)
		},
	}
	share.add(cmd)
	return cmd
}

func (a *app) backupVerify(ctx context.Context, backupID string, share shareFlag) error {
	policyID, err := policyOf(backupID)
	if err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	starting, cancel := a.call(ctx)
	defer cancel()
	run, err := c.ExecuteWorkflow(starting, client.StartWorkflowOptions{
		ID: message.VerifyID(backupID, time.Now()), TaskQueue: message.TaskQueue, StaticSummary: "verify " + backupID,
	}, message.VerifyWorkflow, message.VerifyInput{PolicyID: policyID, BackupID: backupID, Share: share.n, Of: share.of})
	if err != nil {
		return explain("verify backup "+backupID, err)
	}
	var result message.VerifyResult
	if err := run.Get(ctx, &result); err != nil {
		return explain("verify backup "+backupID, err)
	}
	if err := a.print(result, func(w io.Writer) { printVerified(w, backupID, result) }); err != nil {
		return err
	}
	return outcomeOf(result.Status)
}

func printVerified(w io.Writer, backupID string, r message.VerifyResult) {
	row(w, "backup", backupID)
	verdict := "every byte is as its manifest says"
	if r.Of > 1 {
		verdict = fmt.Sprintf("every byte of share %d of %d is as its manifest says, and of the rest size and checksum", r.Share, r.Of)
	}
	if r.ProblemCount > 0 {
		verdict = "no: problems found: " + count(r.ProblemCount) + "; run a new backup, and look at the disk that holds this one"
	}
	row(w, "verified", verdict)
	printCounts(w, product(backupID), r.Counts)
	for _, p := range r.Problems {
		row(w, "problem", p)
	}
	if left := r.ProblemCount - len(r.Problems); left > 0 && len(r.Problems) > 0 {
		row(w, "", fmt.Sprintf("and %s more", count(left)))
	}
}
