// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/instance_registry.h"

#include <string>
#include <string_view>

// Documents of SQL instances (rest.md 7). Pure text.

namespace culvert::emulator {

/// Reads the body of a submission. kInvalidArgument/ODPS-0420031 for bad XML,
/// kInvalidArgument/InvalidParameter when there is no SQL task.
Result<sql::Job> ParseJob(std::string_view body);

/// `Running` or `Terminated`, exactly so: clients compare case.
std::string_view InstanceStatusName(const sql::InstanceView& view);
/// `Success`, `Failed`, `Cancelled`, `Running` or `Waiting`.
std::string_view TaskStatusName(sql::TaskStatus status);

std::string InstanceXml(const sql::InstanceView& view);
std::string TaskStatusXml(const sql::InstanceView& view);
std::string ResultXml(const sql::InstanceView& view);
std::string SourceXml(const sql::InstanceView& view);
std::string ProgressXml(const sql::InstanceView& view);
/// JSON: `{"Instance":{"JsonSummary":"{}","Summary":"..."}}`.
std::string SummaryJson(const sql::InstanceView& view);
std::string DetailJson(const sql::InstanceView& view);

}  // namespace culvert::emulator
