// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/report.h"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert::syncjob {
namespace {

// docs/reasons.md lists the same words; a test compares the two.
constexpr std::array kByReason = std::to_array<std::pair<std::string_view, ExitCode>>({
    {"AttemptMismatch", ExitCode::kBadPlan},
    {"BlockLimitExceeded", ExitCode::kBadPlan},
    {"DeltaNeedsConsistencyCommit", ExitCode::kBadPlan},
    {"InsecureEndpoint", ExitCode::kBadPlan},
    {"InvalidParameter", ExitCode::kBadPlan},
    {"InvalidPartitionSpec", ExitCode::kBadPlan},
    {"InvalidRowRange", ExitCode::kBadPlan},
    {"JournalDamaged", ExitCode::kBadPlan},
    {"PartitionForbidden", ExitCode::kBadPlan},
    {"PartitionRequired", ExitCode::kBadPlan},
    {"PlanInvalid", ExitCode::kBadPlan},
    {"PlanVersion", ExitCode::kBadPlan},
    {"RecordTooLarge", ExitCode::kBadPlan},
    {"Redirected", ExitCode::kBadPlan},
    {"SourceIsTarget", ExitCode::kBadPlan},
    {"SpecChanged", ExitCode::kBadPlan},
    {"SqlFailed", ExitCode::kBadPlan},
    {"Suspended", ExitCode::kBadPlan},
    {"TooManyPartitions", ExitCode::kBadPlan},
    {"SchemaMismatch", ExitCode::kSchemaMismatch},
    {"SchemaModified", ExitCode::kSchemaMismatch},
    {"NoSuchObject", ExitCode::kNotFound},
    {"NoSuchPartition", ExitCode::kNotFound},
    {"NoSuchProject", ExitCode::kNotFound},
    {"NoSuchSchema", ExitCode::kNotFound},
    {"NoSuchTable", ExitCode::kNotFound},
    {"PartitionNotFound", ExitCode::kNotFound},
    {"PermissionDenied", ExitCode::kDenied},
    {"DirtyLimitExceeded", ExitCode::kDirtyLimit},
    {"SourceChanged", ExitCode::kSourceChanged},
    {"TableModified", ExitCode::kSourceChanged},
    {"NoSuchDownload", ExitCode::kSessionExpired},
    {"NoSuchUpload", ExitCode::kSessionExpired},
    {"NoSuchInstance", ExitCode::kSessionExpired},
    {"SessionExpired", ExitCode::kSessionExpired},
    {"StatusConflict", ExitCode::kSessionExpired},
    {"CharReadUnsupported", ExitCode::kUnsupported},
    {"ExternalTableNotSupported", ExitCode::kUnsupported},
    {"MethodNotAllowed", ExitCode::kUnsupported},
    {"Unsupported", ExitCode::kUnsupported},
    {"UnsupportedCodec", ExitCode::kUnsupported},
    {"UnsupportedType", ExitCode::kUnsupported},
    {"ViewNotSupported", ExitCode::kUnsupported},
    {"CredentialsMalformed", ExitCode::kCredentialsMissing},
    {"CredentialsMissing", ExitCode::kCredentialsMissing},
    {"CredentialsExpired", ExitCode::kCredentialsRejected},
    {"CredentialsRejected", ExitCode::kCredentialsRejected},
    {"BlockListMismatch", ExitCode::kTransient},
    {"ClockSkew", ExitCode::kTransient},
    {"CorruptedStream", ExitCode::kTransient},
    {"CredentialsRefreshed", ExitCode::kTransient},
    {"InconsistentBlockList", ExitCode::kTransient},
    {"InstanceNotTerminated", ExitCode::kTransient},
    {"OverwriteConflict", ExitCode::kTransient},
    {"LeaseLost", ExitCode::kTransient},
    {"ServerError", ExitCode::kTransient},
    {"SlotReassigned", ExitCode::kTransient},
    {"TrailerMetrics", ExitCode::kTransient},
    {"UnexpectedAnswer", ExitCode::kTransient},
    {"Throttled", ExitCode::kThrottled},
    {"LocalPressure", ExitCode::kLocalPressure},
    {"PoisonShard", ExitCode::kPoisonShard},
    {"CommitOutcomeUnknown", ExitCode::kCommitUnknown},
    {"PartiallyCommitted", ExitCode::kCommitUnknown},
    {"VerificationFailed", ExitCode::kCommitUnknown},
});

ExitCode ByCode(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCancelled:
      return ExitCode::kCancelled;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kOutOfRange:
    case ErrorCode::kFailedPrecondition:
      return ExitCode::kBadPlan;
    case ErrorCode::kNotFound:
      return ExitCode::kNotFound;
    case ErrorCode::kPermissionDenied:
      return ExitCode::kDenied;
    case ErrorCode::kUnimplemented:
      return ExitCode::kUnsupported;
    case ErrorCode::kUnauthenticated:
      return ExitCode::kCredentialsRejected;
    case ErrorCode::kResourceExhausted:
      return ExitCode::kThrottled;
    // Nobody has to act before the next try may succeed.
    case ErrorCode::kUnknown:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kAborted:
    case ErrorCode::kInternal:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDataLoss:
      return ExitCode::kTransient;
  }
  return ExitCode::kTransient;
}

}  // namespace

ExitCode ExitCodeFor(const Error& error) {
  const auto* const found = std::ranges::find(kByReason, std::string_view(error.reason),
                                              [](const auto& entry) { return entry.first; });
  return found != kByReason.end() ? found->second : ByCode(error.code);
}

}  // namespace culvert::syncjob
