# Runs once for compose.yaml: each service's schema and roles.
set -e
for schema in users messages followers; do
  MINITWIT_SCHEMA=$schema \
    MINITWIT_ADMIN_DATABASE_URL_FILE=/laptop/admin-database-url \
    MINITWIT_OWNER_PASSWORD_FILE=/laptop/$schema-owner-password \
    MINITWIT_SERVICE_PASSWORD_FILE=/laptop/$schema-service-password \
    python -m chassis.bootstrap
done
