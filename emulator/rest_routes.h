// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/handlers.h"

namespace culvert::emulator {

/// The REST side: projects, schemas, tables, partitions, previews and SQL instances. Sets
/// `services.instances`. `services` must outlive the router. kDataLoss when the instances of a data
/// directory cannot be read.
Status RegisterRestRoutes(Router& router, Services& services);

// Its parts, one file each.
void RegisterProjectRoutes(Router& router, Services& services);     // rest_projects.cc
void RegisterTableRoutes(Router& router, Services& services);       // rest_tables.cc
void RegisterPartitionRoutes(Router& router, Services& services);   // rest_partitions.cc
Status RegisterInstanceRoutes(Router& router, Services& services);  // rest_instances.cc

/// `maxitems` of a list request: 1..1000, 1000 without it.
std::size_t MaxItems(const Call& call);
/// Answers 200 with an XML document.
void RespondXml(Call& call, std::string document);

}  // namespace culvert::emulator
