"""Every way in which the program saves something: each is killed and refused at every call it makes."""

import saves_of_history
import saves_of_projects
import saves_of_records
import saves_of_serve
import saves_of_settings
import saves_of_work
from saving import SavePath

SAVE_PATHS: tuple[SavePath, ...] = (
    *saves_of_projects.PATHS,
    *saves_of_history.PATHS,
    *saves_of_records.PATHS,
    *saves_of_settings.PATHS,
    *saves_of_serve.PATHS,
    *saves_of_work.PATHS,
)
