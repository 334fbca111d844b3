// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

// The closed set of words that this library puts into Error::reason. Whatever the service answers,
// one of these comes out; docs/reasons.md says what each means and what to do.

namespace culvert::maxcompute::reasons {

// Something named does not exist (kNotFound).
inline constexpr std::string_view kNoSuchProject = "NoSuchProject";
inline constexpr std::string_view kNoSuchSchema = "NoSuchSchema";
inline constexpr std::string_view kNoSuchTable = "NoSuchTable";
inline constexpr std::string_view kNoSuchPartition = "NoSuchPartition";
inline constexpr std::string_view kNoSuchInstance = "NoSuchInstance";
inline constexpr std::string_view kNoSuchUpload = "NoSuchUpload";
inline constexpr std::string_view kNoSuchDownload = "NoSuchDownload";
inline constexpr std::string_view kNoSuchObject = "NoSuchObject";  // the service did not say which

// Who asks (kUnauthenticated, kPermissionDenied).
inline constexpr std::string_view kCredentialsMissing = "CredentialsMissing";
inline constexpr std::string_view kCredentialsMalformed = "CredentialsMalformed";
inline constexpr std::string_view kCredentialsRejected = "CredentialsRejected";
inline constexpr std::string_view kCredentialsExpired = "CredentialsExpired";
// kAborted: a block met a key that has been replaced since; sending it again uses the new one.
inline constexpr std::string_view kCredentialsRefreshed = "CredentialsRefreshed";
// kUnauthenticated; kAborted where a block met it and the server's time is used from now on.
inline constexpr std::string_view kClockSkew = "ClockSkew";
inline constexpr std::string_view kPermissionDenied = "PermissionDenied";

// The request is wrong (kInvalidArgument, kOutOfRange, kUnimplemented).
inline constexpr std::string_view kInvalidParameter = "InvalidParameter";
inline constexpr std::string_view kInvalidPartitionSpec = "InvalidPartitionSpec";
inline constexpr std::string_view kInvalidRowRange = "InvalidRowRange";
inline constexpr std::string_view kMethodNotAllowed = "MethodNotAllowed";
inline constexpr std::string_view kUnsupportedType = "UnsupportedType";
inline constexpr std::string_view kUnsupportedCodec = "UnsupportedCodec";
inline constexpr std::string_view kTooManyPartitions = "TooManyPartitions";  // kResourceExhausted

// The state forbids it (kFailedPrecondition).
inline constexpr std::string_view kStatusConflict = "StatusConflict";
inline constexpr std::string_view kTableModified = "TableModified";
inline constexpr std::string_view kSchemaModified = "SchemaModified";
inline constexpr std::string_view kInconsistentBlockList = "InconsistentBlockList";
inline constexpr std::string_view kOverwriteConflict = "OverwriteConflict";
inline constexpr std::string_view kInstanceNotTerminated = "InstanceNotTerminated";
inline constexpr std::string_view kSqlFailed = "SqlFailed";
inline constexpr std::string_view kRedirected = "Redirected";

// Later, or again (kResourceExhausted, kUnavailable, kDataLoss).
inline constexpr std::string_view kThrottled = "Throttled";
inline constexpr std::string_view kSlotReassigned = "SlotReassigned";
inline constexpr std::string_view kServerError = "ServerError";
inline constexpr std::string_view kCorruptedStream = "CorruptedStream";

// The service answered with something that is no answer to the question (kInternal, kUnknown).
inline constexpr std::string_view kUnexpectedAnswer = "UnexpectedAnswer";

}  // namespace culvert::maxcompute::reasons
